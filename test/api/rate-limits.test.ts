import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import type { LiveLimit, RateLimitRule } from '../../src/contracts/api/rate-limits.ts'
import { checkLimits } from '../../src/gateway/policy/limit-check.ts'
import { parseLimitPolicies } from '../../src/gateway/policy/limit-grammar.ts'
import { rulesToPolicies } from '../../src/gateway/policy/limit-rules.ts'
import { limiterName, UNITS_PER } from '../../src/lib/limiter-protocol.ts'
import { MOST_RULES } from '../../src/services/rate-limits/create.ts'
import { parseRules, RULES_JSON } from '../../src/store/rate-limit-rules.ts'
import { insertRow } from '../support/rows.ts'
import { ask, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

const RULE = {
  name: 'per user',
  quota: 100,
  window_seconds: 3_600,
  unit: 'request',
  segment: 'user',
}

let own: Organization
let other: Organization

beforeAll(async () => {
  own = await mintOrganization()
  other = await mintOrganization()
})

async function create(organization: Organization, body: unknown = RULE): Promise<RateLimitRule> {
  const answer = await ask('POST', '/v1/rate-limits', { key: organization.key, body })
  expect(answer).toMatchObject({ status: 200, body: { error: null } })
  return answer.body.data as RateLimitRule
}

describe('/v1/rate-limits', () => {
  test('a rule is made, listed, replaced and deleted', async () => {
    const made = await create(own)
    expect(made).toMatchObject({ ...RULE, policy: '100;w=3600;s=user' })
    expect(made.created_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)

    const listed = await ask('GET', '/v1/rate-limits', { key: own.key })
    expect(listed.body).toEqual({ data: [made], error: null })

    const body = { name: 'spend', quota: 2.5, window_seconds: 60, unit: 'cents' }
    const replaced = await ask('PUT', `/v1/rate-limits/${made.id}`, { key: own.key, body })
    expect(replaced.body.data).toMatchObject({
      ...body,
      id: made.id,
      segment: null,
      policy: '2.5;w=60;u=cents',
      created_at: made.created_at,
    })

    expect(await ask('DELETE', `/v1/rate-limits/${made.id}`, { key: own.key })).toEqual({
      status: 200,
      body: { data: null, error: null },
    })
    expect((await ask('GET', '/v1/rate-limits', { key: own.key })).body.data).toEqual([])
  })

  test.each([
    ['user', 'user'],
    ['Team', 'team'],
    ['', null],
    ['global', null],
    [null, null],
  ])('segment %j is kept as %j', async (segment, kept) => {
    expect((await create(other, { ...RULE, segment })).segment).toBe(kept)
  })

  test.each([
    [{ quota: 0 }, 'quota'],
    [{ quota: -1 }, 'quota'],
    [{ quota: '100' }, 'quota'],
    [{ window_seconds: 59 }, 'window_seconds'],
    [{ window_seconds: 31_536_001 }, 'window_seconds'],
    [{ window_seconds: 60.5 }, 'window_seconds'],
    [{ unit: 'dollars' }, 'unit'],
    [{ unit: undefined }, 'unit'],
    [{ segment: 'a b' }, 'segment'],
    [{ name: ' ' }, 'name'],
  ])('400 for %j, naming the field', async (change, field) => {
    for (const [method, path] of [
      ['POST', '/v1/rate-limits'],
      ['PUT', '/v1/rate-limits/x'],
    ] as const) {
      const answer = await ask(method, path, { key: own.key, body: { ...RULE, ...change } })
      expect(answer).toMatchObject({ status: 400, body: { data: null, code: 'invalid_body' } })
      expect(answer.body.error).toContain(field)
    }
  })

  test('404 for the rule of another organisation, which stays as it is', async () => {
    const rule = await create(other)
    const path = `/v1/rate-limits/${rule.id}`
    expect((await ask('PUT', path, { key: own.key, body: RULE })).status).toBe(404)
    expect((await ask('DELETE', path, { key: own.key })).status).toBe(404)
    const listed = await ask('GET', '/v1/rate-limits', { key: other.key })
    expect(listed.body.data).toContainEqual(rule)
    const mine = await ask('GET', '/v1/rate-limits', { key: own.key })
    expect(mine.body.data).not.toContainEqual(rule)
  })

  test('401 without access, 403 with a pk- key and across sites', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/rate-limits', undefined],
      ['POST', '/v1/rate-limits', RULE],
      ['PUT', '/v1/rate-limits/x', RULE],
      ['DELETE', '/v1/rate-limits/x', undefined],
      ['GET', '/api/rate-limits/live', undefined],
    ] as const) {
      expect((await ask(method, path, { body })).status).toBe(401)
      expect((await ask(method, path, { body, key: own.writeKey })).status).toBe(403)
    }
    const headers = { 'sec-fetch-site': 'cross-site' }
    const foreign = await ask('POST', '/v1/rate-limits', {
      cookie: own.cookie,
      body: RULE,
      headers,
    })
    expect(foreign).toMatchObject({ status: 403, body: { code: 'cross_site' } })
  })

  test('no more than twenty, however many are made at once', async () => {
    const crowded = await mintOrganization()
    const answers = await Promise.all(
      Array.from({ length: MOST_RULES + 5 }, () =>
        ask('POST', '/v1/rate-limits', { key: crowded.key, body: RULE }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(MOST_RULES)
    const refused = answers.find(({ status }) => status === 400)
    expect(refused?.body.error).toContain('at most 20')
  })
})

test('the key lookup reads the rules along, as policies', async () => {
  const organization = await mintOrganization()
  const read = async () => {
    const json = await env.DB.prepare(
      `select ${RULES_JSON} as rules from api_keys k where k.org_id = ?1`,
    )
      .bind(organization.orgId)
      .first<string>('rules')
    return rulesToPolicies(parseRules(json)).map(({ text }) => text)
  }
  expect(await read()).toEqual([])
  await create(organization)
  await create(organization, { ...RULE, segment: null, unit: 'tokens', quota: 0.5 })
  expect((await read()).toSorted()).toEqual(['0.5;w=3600;u=tokens', '100;w=3600;s=user'])
})

test.each([null, '[]', 'null', '{}', '[1]', '[[1,2]]', '[["x",60,"request",null]]'])(
  'rules from %s are none',
  (json) => {
    expect(parseRules(json)).toEqual([])
  },
)

describe('/api/rate-limits/live', () => {
  test('says who called, who was denied and what is left', async () => {
    const organization = await mintOrganization()
    const call = async (userId: string): Promise<void> => {
      const verdict = await checkLimits(
        {
          policies: parseLimitPolicies('2;w=31536000;s=user', []),
          orgId: organization.orgId,
          keyId: 'key',
          userId,
          properties: {},
          callId: crypto.randomUUID(),
          estimate: { costNano: null, tokens: null },
          failClosed: 'never',
        },
        { limiters: env.RATE_LIMITER, background: () => undefined },
        Date.now(),
      )
      const detail = JSON.stringify({ limits: verdict.facts })
      await insertRow(env, organization.orgId, { createdAt: Date.now(), detail })
    }
    for (const user of ['alice', 'bob', 'bob', 'bob', 'bob']) await call(user)

    const { body } = await ask('GET', '/api/rate-limits/live', { cookie: organization.cookie })
    const [bob, alice, ...rest] = body.data as LiveLimit[]
    expect(rest).toEqual([])
    expect(bob).toMatchObject({
      policy: '2;w=31536000;s=user',
      segment: 'user:bob',
      unit: 'request',
      limit: 2,
      remaining: 0,
      resetSeconds: 31_536_000,
      calls: 4,
      denied: 2,
      unavailable: 0,
      lastDeniedAt: expect.any(Number),
    })
    expect(alice).toMatchObject({ segment: 'user:alice', remaining: 1, calls: 1, denied: 0 })
    expect(alice?.lastDeniedAt).toBeNull()

    const foreign = await ask('GET', '/api/rate-limits/live', { key: other.key })
    expect(foreign.body.data).toEqual([])
  })

  test('money is said to the fraction of a cent, and is whole when nothing was taken', async () => {
    const { orgId, key } = await mintOrganization()
    const limits = [{ policy: '0.5;w=60;u=cents', segment: 'organization', denied: false }]
    await insertRow(env, orgId, { createdAt: Date.now(), detail: JSON.stringify({ limits }) })
    const left = async () => {
      const { body } = await ask('GET', '/api/rate-limits/live', { key })
      return (body.data as LiveLimit[])[0]
    }
    expect(await left()).toMatchObject({ limit: 0.5, remaining: 0.5, resetSeconds: 0 })

    const limiter = env.RATE_LIMITER.getByName(limiterName(orgId, 'organization', 'cents'))
    const policy = { capacity: 0.5 * UNITS_PER.cents, windowMs: 60_000 }
    const demand = { ...policy, cost: 0.25 * UNITS_PER.cents, fallbackCost: 0, isReserved: false }
    await limiter.take({ id: crypto.randomUUID(), demands: [demand], isTentative: false })
    const { remaining = null, resetSeconds } = (await left()) ?? {}
    expect(remaining).toBeGreaterThanOrEqual(0.25)
    expect(remaining).toBeLessThan(0.5)
    expect(resetSeconds).toBeGreaterThan(0)
  })
})
