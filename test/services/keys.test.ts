import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { makeKey, isKey, hintOf } from '../../src/services/keys/format.ts'
import { readOrMakeSetting } from '../../src/store/settings.ts'

test('keys have the shape of the contract, and no two are alike', () => {
  const keys = Array.from({ length: 500 }, (_, i) => makeKey(i % 2 === 0 ? 'rw' : 'w'))
  expect(new Set(keys).size).toBe(500)
  expect(keys.every(isKey)).toBe(true)
  expect(keys[0]).toMatch(/^sk-/)
  expect(keys[1]).toMatch(/^pk-/)
})

test('a hint shows seven characters of a key', () => {
  expect(hintOf('sk-helicone-abcdefg-hijklmn-opqrstu-vwxyz01')).toBe('sk-helicone-abc…yz01')
})

test('a setting that many make at once is made once', async () => {
  const key = crypto.randomUUID()
  const values = await Promise.all(
    Array.from({ length: 20 }, () => readOrMakeSetting(env.DB, key, () => crypto.randomUUID())),
  )
  expect(new Set(values).size).toBe(1)
})
