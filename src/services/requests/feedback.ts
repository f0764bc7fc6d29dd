/** A thumbs up or down on a request; kept as a score, as the contract has it. The last one wins. */
import type { RequestContext } from './context.ts'
import { findArriving } from './find.ts'
import { FEEDBACK_SCORE } from './present.ts'

/** Throws `Refusal`: `invalid_id`, `not_found`. */
export async function giveFeedback(
  context: RequestContext,
  requestId: string,
  rating: boolean,
): Promise<void> {
  const { row } = await findArriving(context, requestId)
  await context.store.putScores(context.orgId, row.id, [
    { name: FEEDBACK_SCORE, value: rating ? 1 : 0, kind: 'boolean' },
  ])
}
