/** One request, by the id its client knows or by its row id. */
import type { RequestRow } from '../../contracts/api/requests.ts'
import { readBodiesOf } from './bodies.ts'
import type { RequestContext } from './context.ts'
import { findRequest } from './find.ts'
import { presentStored } from './present-stored.ts'

/** With `includeBody` the stubs are replaced by the bodies. Throws `Refusal('not_found')`. */
export async function getRequest(
  context: RequestContext,
  id: string,
  includeBody: boolean,
): Promise<RequestRow> {
  const stored = await findRequest(context, id)
  const [row] = await presentStored(context, [stored])
  if (row === undefined) throw new Error('a stored request was not presented')
  if (!includeBody) return row
  const bodies = await readBodiesOf(context.env, stored.row)
  return { ...row, request_body: bodies.request, response_body: bodies.response }
}
