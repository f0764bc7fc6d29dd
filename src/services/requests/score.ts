/** Scores on a request: whole numbers, or booleans, whose names the contract marks. The last value of a name wins. */
import { Refusal } from '../../lib/refusal.ts'
import type { ScoreWrite } from '../../store/analytics.ts'
import type { RequestContext } from './context.ts'
import { findArriving } from './find.ts'

const BOOLEAN_SUFFIX = '-hcone-bool'
const MAX_SCORES = 50
const MAX_NAME_LENGTH = 128

/** Throws `Refusal`: `invalid_score`, `invalid_id`, `not_found`. */
export async function putScores(
  context: RequestContext,
  requestId: string,
  scores: Readonly<Record<string, number | boolean>>,
): Promise<void> {
  const writes = Object.entries(scores).map(([name, value]) => readScore(name, value))
  if (writes.length === 0) refuseScore('Send at least one score.')
  if (writes.length > MAX_SCORES) refuseScore(`Send at most ${MAX_SCORES} scores at once.`)
  const { row } = await findArriving(context, requestId)
  await context.store.putScores(context.orgId, row.id, writes)
}

function readScore(name: string, value: number | boolean): ScoreWrite {
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    refuseScore(`A score's name has 1 to ${MAX_NAME_LENGTH} characters.`)
  }
  if (typeof value === 'boolean') {
    return { name: `${name}${BOOLEAN_SUFFIX}`, value: value ? 1 : 0, kind: 'boolean' }
  }
  if (!Number.isSafeInteger(value)) {
    refuseScore(`The score "${name}" must be a whole number or a boolean, got ${value}.`)
  }
  return { name, value, kind: 'number' }
}

function refuseScore(message: string): never {
  throw new Refusal('invalid_score', message)
}
