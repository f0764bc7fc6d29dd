/**
 * An address that a caller names as a target → the URL that may be called, or why not. The one check against being used
 * to reach private networks, shared by every header that names a target.
 */
import type { Config } from '../../env.ts'
import { fail, succeed } from '../errors.ts'
import type { Outcome } from '../errors.ts'
import { isPrivateHost } from './address.ts'

/** `ownHost` is the host that the request came to: a target must not be the gateway itself. */
export function readTargetAddress(
  base: string,
  ownHost: string,
  config: Pick<Config, 'allowPrivateTargets'>,
): Outcome<URL> {
  let url: URL
  try {
    url = new URL(base.trim())
  } catch {
    return fail(
      'invalid_target',
      'The target is not a URL. Expected an origin such as https://host.',
    )
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return fail('target_not_allowed', 'The target must be an http or https URL.')
  }
  if (url.username !== '' || url.password !== '') {
    return fail('target_not_allowed', 'The target must not carry a user name or password.')
  }
  if (!config.allowPrivateTargets && isPrivateHost(url.hostname)) {
    return fail(
      'target_not_allowed',
      'The target is a private, loopback or reserved address. An operator can allow these with ALLOW_PRIVATE_TARGETS=true.',
    )
  }
  if (url.host === ownHost) {
    return fail('target_not_allowed', 'The target is this gateway itself.')
  }
  return succeed(url)
}
