/** From the queue to the viewer's screen. */
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import type { LiveMessage } from '../../src/contracts/api/requests.ts'
import { buildEntry, deliver, newOrg, onlyRow, pack } from '../support/workers-ingest.ts'

test('new rows reach every viewer of their organisation, and no other', async () => {
  const [org, foreign] = [newOrg(), newOrg()]
  const viewers = [await watch(org), await watch(org)]
  const stranger = await watch(foreign)
  const [mine, theirs] = [buildEntry(org, { userId: 'ada' }), buildEntry(foreign)]
  await env.LOG_QUEUE.send(pack(mine, theirs), { contentType: 'bytes' })
  await vi.waitFor(() => {
    for (const viewer of viewers) expect(viewer.ids()).toEqual([mine.id])
    expect(stranger.ids()).toEqual([theirs.id])
  })
  const [row] = viewers[0]?.rows() ?? []
  expect(row).toMatchObject({
    request_id: mine.id,
    request_user_id: 'ada',
    model: 'gpt-4o-mini-2024-07-18',
    cost: 0.000_006_6,
    signed_body_url: null,
  })
  expect((await onlyRow(org)).id).toBe(mine.id)
})

test('rows that were stored already are not pushed again', async () => {
  const org = newOrg()
  const viewer = await watch(org)
  const [first, second] = [buildEntry(org), buildEntry(org)]
  await deliver([pack(first)])
  await deliver([pack(first, second)])
  await vi.waitFor(() => expect(viewer.ids()).toContain(second.id))
  expect(viewer.ids()).toEqual([first.id, second.id])
})

test('many rows come in messages of at most a hundred', async () => {
  const org = newOrg()
  const viewer = await watch(org)
  await deliver([pack(...Array.from({ length: 230 }, () => buildEntry(org)))])
  await vi.waitFor(() => expect(viewer.ids()).toHaveLength(230))
  expect(viewer.sizes()).toEqual([100, 100, 30])
})

async function watch(org: string) {
  const response = await env.LIVE.getByName(org).fetch('https://live/', {
    headers: { upgrade: 'websocket' },
  })
  const socket = response.webSocket
  if (!socket) throw new Error(`no socket: ${response.status}`)
  const pushes: Extract<LiveMessage, { type: 'rows' }>[] = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as LiveMessage
    if (message.type === 'rows') pushes.push(message)
  })
  socket.accept()
  const rows = () => pushes.flatMap((push) => push.rows)
  return {
    rows,
    ids: () => rows().map((row) => row.heliograph.id),
    sizes: () => pushes.map((push) => push.rows.length),
  }
}
