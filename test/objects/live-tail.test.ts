import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import type { LiveMessage, RequestRow } from '../../src/contracts/api/requests.ts'
import { presentRow } from '../../src/services/requests/present.ts'
import { buildRow } from '../support/rows.ts'

interface Viewer {
  socket: WebSocket
  messages: (LiveMessage | 'pong')[]
  rowIds(): string[]
}

test('says hello, then pushes published rows to every viewer', async () => {
  const org = newOrg()
  const [first, second] = [await watch(org), await watch(org)]
  await expectHello(first, second)

  const rows = [row(org), row(org)]
  expect(await publish(org, rows)).toBe(2)

  const ids = rows.map((row) => row.request_id)
  await vi.waitFor(() => {
    expect(first.rowIds()).toEqual(ids)
    expect(second.rowIds()).toEqual(ids)
  })
  expect(first.messages.at(-1)).toEqual({ type: 'rows', rows })
})

test('another organisation sees nothing', async () => {
  const [mine, foreign] = [newOrg(), newOrg()]
  const [viewer, stranger] = [await watch(mine), await watch(foreign)]
  await publish(mine, [row(mine)])
  const marker = row(foreign)
  await publish(foreign, [marker])
  await vi.waitFor(() => expect(stranger.rowIds()).toHaveLength(1))
  expect(stranger.rowIds()).toEqual([marker.request_id])
  await vi.waitFor(() => expect(viewer.rowIds()).toHaveLength(1))
  expect(viewer.rowIds()).not.toContain(marker.request_id)
})

test('a viewer that left does not break the others', async () => {
  const org = newOrg()
  const [leaver, stayer] = [await watch(org), await watch(org)]
  await expectHello(leaver, stayer)
  leaver.socket.close(1000)
  await vi.waitFor(async () => expect(await publish(org, [row(org)])).toBe(1))
  await vi.waitFor(() => expect(stayer.rowIds().length).toBeGreaterThan(0))
  expect(leaver.rowIds().length).toBeLessThanOrEqual(stayer.rowIds().length)
})

test('nobody watches: nothing is sent, nothing fails', async () => {
  const org = newOrg()
  expect(await publish(org, [row(org)])).toBe(0)
})

test('sockets survive hibernation, and heartbeats are answered', async () => {
  const org = newOrg()
  const viewer = await watch(org)
  await expectHello(viewer)
  await evictDurableObject(env.LIVE.getByName(org))
  viewer.socket.send('ping')
  await vi.waitFor(() => expect(viewer.messages).toContain('pong'))
  const pushed = row(org)
  expect(await publish(org, [pushed])).toBe(1)
  await vi.waitFor(() => expect(viewer.rowIds()).toEqual([pushed.request_id]))
})

test('refuses a plain request', async () => {
  const response = await env.LIVE.getByName(newOrg()).fetch('https://live/')
  expect(response.status).toBe(426)
  await response.body?.cancel()
})

function newOrg(): string {
  return `org-${crypto.randomUUID()}`
}

function row(org: string): RequestRow {
  return presentRow(buildRow(org), { scores: null, signedBodyUrl: null })
}

/** As plain data: the stub's own types wrap every field. */
async function publish(org: string, rows: RequestRow[]): Promise<number> {
  const stub = env.LIVE.getByName(org) as unknown as {
    publish(rows: RequestRow[]): Promise<number>
  }
  return await stub.publish(rows)
}

async function watch(org: string): Promise<Viewer> {
  const response = await env.LIVE.getByName(org).fetch('https://live/', {
    headers: { upgrade: 'websocket' },
  })
  const socket = response.webSocket
  if (response.status !== 101 || !socket) throw new Error(`no socket: ${response.status}`)
  const messages: Viewer['messages'] = []
  socket.addEventListener('message', ({ data }) => {
    messages.push(data === 'pong' ? 'pong' : (JSON.parse(String(data)) as LiveMessage))
  })
  socket.accept()
  return {
    socket,
    messages,
    rowIds: () =>
      messages.flatMap((message) =>
        message !== 'pong' && message.type === 'rows'
          ? message.rows.map((row) => row.request_id)
          : [],
      ),
  }
}

async function expectHello(...viewers: Viewer[]): Promise<void> {
  await vi.waitFor(() => {
    for (const viewer of viewers) expect(viewer.messages[0]).toEqual({ type: 'hello' })
  })
}
