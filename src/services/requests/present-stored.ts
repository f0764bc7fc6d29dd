/** Stored requests with scores and body links, as the API answers them. */
import type { RequestRow } from '../../contracts/api/requests.ts'
import type { StoredRequest } from '../../store/analytics.ts'
import { openBodyLinks } from './body-link.ts'
import type { RequestContext } from './context.ts'
import { FEEDBACK_SCORE, presentRow } from './present.ts'

export async function presentStored(
  context: RequestContext,
  stored: readonly StoredRequest[],
): Promise<RequestRow[]> {
  if (stored.length === 0) return []
  const link = await openBodyLinks(context.env, context.orgId, context.origin)
  return Promise.all(
    stored.map(async ({ row, scores }) =>
      presentRow(row, {
        scores:
          scores.length === 0
            ? null
            : Object.fromEntries(scores.map(({ name, value }) => [name, value])),
        signedBodyUrl: row.packKey === null ? null : await link(row.id),
        feedbackAt: scores.find(({ name }) => name === FEEDBACK_SCORE)?.updatedAt ?? null,
      }),
    ),
  )
}
