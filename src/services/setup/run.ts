/** First run in production: whoever holds the token that the deploy printed makes the organisation. Works once. */
import type { SetupInput, SetupResult } from '../../contracts/api/session.ts'
import { uuidv7At } from '../../lib/ids.ts'
import { Refusal } from '../../lib/refusal.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { SETUP_TOKEN_SETTING, setUpOnce } from '../../store/organizations.ts'
import { readSetting } from '../../store/settings.ts'
import { prepareKey } from '../keys/create.ts'
import { prepareSession } from '../sessions/sign-in.ts'

/** Throws `Refusal('setup_done')` when there is nothing to set up, `Refusal('invalid_token')` for a wrong token. */
export async function runSetup(
  env: Env,
  input: SetupInput,
): Promise<{ result: SetupResult; sessionToken: string }> {
  if ((await readSetting(env.DB, SETUP_TOKEN_SETTING)) === null) {
    throw new Refusal('setup_done', 'This deployment is set up already. Use a sign-in link.')
  }
  const now = Date.now()
  const organization = { id: uuidv7At(now), name: input.organizationName, createdAt: now }
  const { key, row } = await prepareKey(
    organization.id,
    { name: 'First key', permissions: 'rw' },
    now,
  )
  const session = await prepareSession(organization.id, now)
  const tokenHash = await sha256Hex(input.token)
  if (!(await setUpOnce(env.DB, tokenHash, organization, row, session.row))) {
    throw new Refusal(
      'invalid_token',
      'The set-up token is wrong. The deploy printed the right one.',
    )
  }
  const { id, name } = organization
  return { result: { organization: { id, name }, apiKey: key }, sessionToken: session.token }
}
