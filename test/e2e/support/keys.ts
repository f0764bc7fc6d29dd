/** Keys of the local organisation, made over the API. */
import { LOCAL_KEY, type Gateway } from '../../support/gateway.ts'

/** A key that no gateway has seen: what the organisation decided so far holds for its first call. */
export async function newKey(gateway: Gateway, name = 'fresh'): Promise<string> {
  const response = await gateway.fetch('/api/keys', {
    method: 'POST',
    headers: { authorization: `Bearer ${LOCAL_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, permissions: 'rw' }),
  })
  if (!response.ok) throw new Error(`no key: ${response.status}`)
  const answer = (await response.json()) as { key?: string; data?: { key: string } }
  const key = answer.data?.key ?? answer.key
  if (key === undefined) throw new Error('no key in the answer')
  return key
}
