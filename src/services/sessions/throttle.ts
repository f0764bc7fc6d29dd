/** Bounds how often one address may try tokens. Tokens cannot be guessed; this keeps trying from costing much. */
import { Refusal } from '../../lib/refusal.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { countInWindow } from '../../store/settings.ts'

const WINDOW_MS = 5 * 60_000
const MAX_ATTEMPTS = 50

/** Counts the attempt. Throws `Refusal('too_many_attempts')` past the limit. `address` is kept as a hash. */
export async function countAttempt(env: Env, address: string): Promise<void> {
  const subject = (await sha256Hex(address)).slice(0, 16)
  const count = await countInWindow(env.DB, 'sign_in_attempts', subject, Date.now(), WINDOW_MS)
  if (count > MAX_ATTEMPTS) {
    throw new Refusal('too_many_attempts', 'Too many sign-in attempts. Try again in five minutes.')
  }
}
