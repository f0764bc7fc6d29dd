/** Calls whose answers are cached, and rules of the local organisation. */
import { expect, vi } from 'vitest'
import type { RateLimitRuleInput } from '../../../src/contracts/api/rate-limits.ts'
import { LOCAL_KEY, type Gateway } from '../../support/gateway.ts'
import { send, type Sample } from './traffic.ts'

const PATIENCE_MS = 10_000

/** Asks until the answer is stored and given again. `sample` has to ask for the cache. */
export async function sendUntilHit(gateway: Gateway, sample: Sample): Promise<void> {
  const ask = async (): Promise<void> => {
    const { headers } = await send(gateway, sample)
    expect(headers.get('helicone-cache')).toBe('HIT')
  }
  await vi.waitFor(ask, { timeout: PATIENCE_MS, interval: 20 })
}

export async function makeRule(gateway: Gateway, rule: RateLimitRuleInput): Promise<void> {
  const made = await gateway.fetch('/v1/rate-limits', {
    method: 'POST',
    headers: { authorization: `Bearer ${LOCAL_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  })
  if (!made.ok) throw new Error(`no rule: ${made.status}`)
}
