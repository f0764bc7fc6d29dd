import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { edgeUrl } from '../../src/lib/response-names.ts'
import { purgeKey, purgeOrganization, purgeSeed } from '../../src/services/cache/purge.ts'
import { currentSpace, forgetSpaces, trimSpace } from '../../src/store/response-cache.ts'

const ORIGIN = 'https://heliograph.test'
const DIGEST = 'd'.repeat(64)

let orgId: string

beforeEach(() => {
  orgId = `org-${crypto.randomUUID()}`
})

async function space(seed: string, org = orgId, responses = env.RESPONSES): Promise<string> {
  const found = await currentSpace(responses, org, seed, () => undefined)
  if (found === null) throw new Error('no space')
  return found
}

function broken(): KVNamespace {
  return new Proxy(env.RESPONSES, {
    get: () => () => Promise.reject(new Error('down')),
  })
}

describe('spaces', () => {
  test('a seed is a space of its own, and stays the same', async () => {
    const all = [await space(''), await space('a'), await space('b')]
    expect(new Set(all).size).toBe(3)
    forgetSpaces(null)
    expect([await space(''), await space('a'), await space('b')]).toEqual(all)
    for (const each of all) expect(each).toMatch(/^[0-9a-f]{16}$/)
  })

  test('a warm isolate asks nobody; a purge of another isolate is seen within half a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const before = await space('a')
      await env.RESPONSES.put(`generation:${orgId}`, 'renewed elsewhere')
      expect(await space('a', orgId, broken())).toBe(before)
      vi.setSystemTime(Date.now() + 30_001)
      expect(await space('a')).not.toBe(before)
    } finally {
      vi.useRealTimers()
    }
  })

  test('an outage is lived through with what is known, and nothing else', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const before = await space('a')
      vi.setSystemTime(Date.now() + 120_000)
      expect(await space('a', orgId, broken())).toBe(before)
      expect(await currentSpace(broken(), orgId, 'b', () => undefined)).toBeNull()
    } finally {
      vi.useRealTimers()
    }
  })

  test('one that is in use is asked for again behind the request', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const before = await space('a')
      await env.RESPONSES.put(`generation:${orgId}`, 'renewed elsewhere')
      vi.setSystemTime(Date.now() + 16_000)
      const work: Promise<void>[] = []
      const answered = await currentSpace(env.RESPONSES, orgId, 'a', (each) => work.push(each))
      expect(answered).toBe(before)
      expect(work.length).toBe(1)
      await Promise.all(work)
      expect(await space('a')).not.toBe(before)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('purge', () => {
  test('of an organisation renews all of its spaces, and no other’s', async () => {
    const other = `${orgId}-other`
    const [plain, seeded, theirs] = [await space(''), await space('a'), await space('', other)]
    expect(await purgeOrganization(env, orgId)).toEqual({
      purged: 'organization',
      settlesWithinSeconds: 120,
    })
    expect(await space('')).not.toBe(plain)
    expect(await space('a')).not.toBe(seeded)
    expect(await space('', other)).toBe(theirs)
  })

  test('of a seed renews that one; two at once do not undo each other', async () => {
    const [plain, a, b] = [await space(''), await space('a'), await space('b')]
    await Promise.all([purgeSeed(env, orgId, 'a'), purgeSeed(env, orgId, 'a')])
    expect(await space('a')).not.toBe(a)
    expect(await space('b')).toBe(b)
    expect(await space('')).toBe(plain)
  })

  test('of a key removes its slots here and there, and nothing beside it', async () => {
    const kept = `answer:${orgId}:${'a'.repeat(16)}:${'e'.repeat(64)}:0`
    const names = [0, 7, 19].map((slot) => `answer:${orgId}:${'a'.repeat(16)}:${DIGEST}:${slot}`)
    for (const name of [...names, kept]) await env.RESPONSES.put(name, 'x')
    const url = edgeUrl(ORIGIN, names[1] ?? '')
    const cached = new Response('x', { headers: { 'cache-control': 'max-age=60' } })
    await caches.default.put(url, cached)
    await purgeKey(env, orgId, `${'a'.repeat(16)}-${DIGEST}`, ORIGIN)
    for (const name of names) expect(await env.RESPONSES.get(name)).toBeNull()
    expect(await caches.default.match(url)).toBeUndefined()
    expect(await env.RESPONSES.get(kept)).toBe('x')
  })

  test('says so when the store does not take it', async () => {
    const down = { ...env, RESPONSES: broken() }
    await expect(purgeOrganization(down, orgId)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(purgeSeed(down, orgId, 'a')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(purgeKey(env, orgId, '../etc', ORIGIN)).rejects.toMatchObject({
      code: 'invalid_body',
    })
  })
})

test('a space is trimmed to its capacity, oldest first', async () => {
  for (let i = 0; i < 12; i += 1) {
    const metadata = { savedAt: i % 2 === 0 ? i : 100 + i }
    await env.RESPONSES.put(`answer:${orgId}:s:${i}`, 'x', { metadata })
  }
  await env.RESPONSES.put(`answer:${orgId}:t:1`, 'x')
  expect(await trimSpace(env.RESPONSES, orgId, 's', 6)).toBe(6)
  expect(await trimSpace(env.RESPONSES, orgId, 's', 6)).toBe(0)
  const { keys } = await env.RESPONSES.list({ prefix: `answer:${orgId}:` })
  const left = keys.map(({ name }) => name.slice(`answer:${orgId}:`.length))
  expect(left.toSorted()).toEqual(['s:1', 's:11', 's:3', 's:5', 's:7', 's:9', 't:1'])
})
