/** What is measured side by side: the upstream itself, the floor, ours, and the peer. All call the same upstream. */
import { readSettings } from './build.ts'
import { settledCounts, startGateway } from './gateway.ts'
import { peerHeaders, startPeer } from './peer.ts'
import { CHAT_HEADERS, CHAT_PATH, EVERYTHING_HEADERS } from './request.ts'
import { startWorker, type Server } from './workerd.ts'
import type { Counts } from './workers/stand-ins.ts'

export const TARGET_NAMES = [
  'direct',
  'floor',
  'floor, bodies read',
  'ours',
  'ours, no policy',
  'peer',
] as const
export type TargetName = (typeof TARGET_NAMES)[number]

export interface Target {
  name: TargetName
  /** Where a chat request is posted. */
  url: string
  headers: Readonly<Record<string, string>>
  /** Process under test; null for the upstream. */
  pid: number | null
}

export interface Targets {
  list: Target[]
  /** The same process as `ours`, called without the rate-limit policy: shows what the policy costs. */
  withoutPolicy: Target
  /** A Worker that reads both bodies and does nothing with them: shows what is the runtime's share. */
  bodiesRead: Target
  /** What reached the stand-ins of ours, once the last records have left. */
  counts(): Promise<Counts>
  close(): Promise<void>
}

/** Starts everything against `upstream`, each in a process of its own. */
export async function startTargets(upstream: string, withPeer: boolean): Promise<Targets> {
  const settings = readSettings()
  const floor = await startWorker('floor', settings, { UPSTREAM: upstream })
  const bodies = await startWorker('bodies', settings, { UPSTREAM: upstream })
  const ours = await startGateway(upstream)
  const peer = withPeer ? await startPeer() : null
  const list = [
    { name: 'direct', url: upstream + CHAT_PATH, headers: CHAT_HEADERS, pid: null },
    target('floor', floor, CHAT_HEADERS),
    target('ours', ours, EVERYTHING_HEADERS),
    ...(peer === null ? [] : [target('peer', peer, { ...CHAT_HEADERS, ...peerHeaders(upstream) })]),
  ] satisfies Target[]
  return {
    list,
    withoutPolicy: target('ours, no policy', ours, CHAT_HEADERS),
    bodiesRead: target('floor, bodies read', bodies, CHAT_HEADERS),
    counts: () => settledCounts(ours),
    close: async () => {
      await Promise.all([floor.close(), bodies.close(), ours.close(), peer?.close()])
    },
  }
}

function target(
  name: TargetName,
  server: Server,
  headers: Readonly<Record<string, string>>,
): Target {
  return { name, url: server.url + CHAT_PATH, headers, pid: server.pid }
}
