/** What becomes of a reservation of money, by what became of the call. */
import { expect, test } from 'vitest'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { settle } from '../../src/gateway/limits.ts'
import type { Limiter, LimiterNamespace } from '../../src/lib/limiter-protocol.ts'

type Facts = Partial<Pick<Exchange, 'attempts' | 'cache' | 'lead' | 'upstreamStatus'>>

const attempt = (status: number | null, error: string | null) => ({
  provider: 'openai',
  targetUrl: 'https://api.openai.com/v1/chat/completions',
  status,
  error,
  startedAtMs: 0,
  durationMs: 1,
  waitMs: 0,
})
const leading = (bytesRead: Promise<void> | null) => ({
  signal: new AbortController().signal,
  bytesRead,
  isReading: bytesRead !== null,
})
const stale = { status: 'stale' as const, key: null, referenceId: 'row', latencyMs: 1 }

/** `settle` keeps what was reserved, because nobody knows what the call took; `release` gives it back. */
async function fateOf(facts: Facts): Promise<string> {
  const fates: string[] = []
  const limiter: Pick<Limiter, 'settle' | 'release'> = {
    settle: async (_, actual) => void fates.push(`settle ${actual}`),
    release: async () => void fates.push('release'),
  }
  const limiters: LimiterNamespace = { getByName: () => limiter }
  const take = { id: 'call', expiresAt: 0, taken: [] }
  const limit = { receipts: [{ bucket: 'b', unit: 'cents', take }] }
  const none: Facts = { attempts: [], cache: null, lead: null, upstreamStatus: null }
  await settle({ ...none, ...facts, limit } as unknown as Exchange, null, { limiters })
  return fates.join()
}

test.each<[name: string, facts: Facts, fate: string]>([
  ['no provider was called', {}, 'release'],
  ['no provider was reached', { attempts: [attempt(null, 'refused')] }, 'release'],
  ['a provider refused it', { attempts: [attempt(429, null)], upstreamStatus: 429 }, 'release'],
  [
    'an answer without usage',
    { attempts: [attempt(200, null)], upstreamStatus: 200 },
    'settle null',
  ],
  ['a timer left the provider', { attempts: [attempt(null, 'timeout')] }, 'settle null'],
  ['the client left the provider', { attempts: [attempt(null, 'client_abort')] }, 'settle null'],
  [
    'an answer broke off, and the next target was not reached',
    { attempts: [attempt(200, 'broken'), attempt(null, 'refused')] },
    'settle null',
  ],
  [
    'an error broke off, and the next target was not reached',
    { attempts: [attempt(500, 'broken'), attempt(null, 'refused')] },
    'release',
  ],
  [
    'a stale answer stood in for one that broke off',
    { attempts: [attempt(200, 'broken')], cache: stale, upstreamStatus: 200 },
    'settle null',
  ],
  [
    'a stale answer stood in for an error',
    { attempts: [attempt(503, null)], cache: stale, upstreamStatus: 503 },
    'release',
  ],
  ['the leader left before its first attempt ended', { lead: leading(null) }, 'settle null'],
  [
    'the leader left while others wait for its second attempt',
    { attempts: [attempt(503, null)], lead: leading(null), upstreamStatus: 503 },
    'settle null',
  ],
  [
    'the leader gave all of them an error',
    { attempts: [attempt(503, null)], lead: leading(Promise.resolve()), upstreamStatus: 503 },
    'release',
  ],
])('%s', async (_, facts, fate) => {
  expect(await fateOf(facts)).toBe(fate)
})
