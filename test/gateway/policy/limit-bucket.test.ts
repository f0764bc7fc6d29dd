import { expect, test } from 'vitest'
import { demandOf, groupPolicies } from '../../../src/gateway/policy/limit-bucket.ts'
import type { LimitCaller } from '../../../src/gateway/policy/limit-bucket.ts'
import { parseLimitPolicies } from '../../../src/gateway/policy/limit-grammar.ts'

const CALLER: LimitCaller = {
  orgId: 'o1',
  keyId: 'k1',
  userId: 'alice',
  properties: { team: 'blue', organization: 'acme' },
}

function groups(text: string, caller: Partial<LimitCaller> = {}) {
  return groupPolicies(parseLimitPolicies(text, []), { ...CALLER, ...caller }).groups
}

test.each([
  ['10;w=60', {}, 'tb:o1:global::request'],
  ['10;w=60;u=cents', {}, 'tb:o1:global::cents'],
  ['10;w=60;s=user', {}, 'tb:o1:user:alice:request'],
  ['10;w=60;u=tokens;s=key', {}, 'tb:o1:key:k1:tokens'],
  ['10;w=60;s=TEAM', {}, 'tb:o1:prop:team:blue:request'],
  ['10;w=60;s=team', { properties: { Team: 'red' } }, 'tb:o1:prop:team:red:request'],
  ['10;w=60;s=organization', {}, 'tb:o1:prop:organization:acme:request'],
  ['10;w=60;s=organization', { properties: {} }, 'tb:o1:global::request'],
  ['10;w=60;s=org', {}, 'tb:o1:global::request'],
  ['10;w=60;s=user', { userId: ' a:b\u0007c ' }, 'tb:o1:user:a_bc:request'],
  ['10;w=60;s=user', { userId: 'x'.repeat(300) }, `tb:o1:user:${'x'.repeat(256)}:request`],
])('%s of %j draws from %s', (text, caller, bucket) => {
  expect(groups(text, caller).map((group) => group.bucket)).toEqual([bucket])
})

test.each([
  ['10;w=60;s=user', { userId: null }],
  ['10;w=60;s=user', { userId: ' \u0000 ' }],
  ['10;w=60;s=tenant', {}],
  ['10;w=60;s=constructor', {}],
])('%s of %j draws from nothing', (text, caller) => {
  expect(groups(text, caller)).toEqual([])
})

test('one object answers for all policies of a segment and unit, the shortest window first', () => {
  const [first, second, ...rest] = groups(
    '1000;w=86400;s=user,10;w=60;s=user,5;w=60,10;w=60;u=user',
  )
  expect(rest).toEqual([])
  expect(first).toMatchObject({ bucket: 'tb:o1:user:alice:request', segment: 'user:alice' })
  expect(first?.policies.map(({ text }) => text)).toEqual(['10;w=60;s=user', '1000;w=86400;s=user'])
  expect(second).toMatchObject({ bucket: 'tb:o1:global::request', segment: 'organization' })
})

test.each([
  ['2.5;w=60', { capacity: 2_500, windowMs: 60_000, cost: 1_000, isReserved: false }],
  ['0.5;w=60;u=cents', { capacity: 5_000_000, cost: 30_000, isReserved: true }],
  ['100;w=60;u=tokens', { capacity: 100_000, cost: 7_000, isReserved: true }],
  ['999999999999999;w=60;u=cents', { capacity: Number.MAX_SAFE_INTEGER }],
])('%s asks for %j', (text, demand) => {
  const [policy] = parseLimitPolicies(text, [])
  if (policy === undefined) throw new Error('not a policy')
  expect(demandOf(policy, { costNano: 30_000, tokens: 7 })).toMatchObject(demand)
  const unknown = demandOf(policy, { costNano: null, tokens: null })
  expect(unknown.cost).toBe(policy.unit === 'request' ? 1_000 : null)
})
