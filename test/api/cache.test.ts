import { beforeAll, describe, expect, test } from 'vitest'
import { ask, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

const KEY = `${'a'.repeat(16)}-${'d'.repeat(64)}`

let own: Organization

beforeAll(async () => {
  own = await mintOrganization()
})

describe('DELETE /v1/cache', () => {
  test.each([
    ['/v1/cache', 'organization'],
    ['/v1/cache?seed=a', 'seed'],
    [`/v1/cache/${KEY}`, 'key'],
  ])('200 for %s', async (path, purged) => {
    const { status, body } = await ask('DELETE', path, { key: own.key })
    expect(status).toBe(200)
    expect(body).toEqual({ data: { purged, settlesWithinSeconds: 90 }, error: null })
    expect((await ask('DELETE', path, { cookie: own.cookie })).status).toBe(200)
  })

  test.each(['/v1/cache?seed=', '/v1/cache/nonsense', `/v1/cache/${KEY.toUpperCase()}`])(
    '400 for %s: nothing more than was meant is purged',
    async (path) => {
      const { status, body } = await ask('DELETE', path, { key: own.key })
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'invalid_body' })
    },
  )

  test.each(['/v1/cache', `/v1/cache/${KEY}`])(
    '401 without access to %s, 403 with a pk- key',
    async (path) => {
      expect((await ask('DELETE', path)).status).toBe(401)
      expect((await ask('DELETE', path, { key: own.writeKey })).status).toBe(403)
    },
  )
})
