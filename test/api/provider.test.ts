import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { api } from '../../src/api/index.ts'
import { insertRow } from '../support/rows.ts'
import { ORIGIN, ask, mintOrganization } from '../support/workers-api.ts'

test.each(['OPENAI', 'openai'])(
  'a provider is found as %s and shown as the contract spells it',
  async (name) => {
    const { orgId, key } = await mintOrganization()
    await insertRow(env, orgId, { provider: 'openai' })
    await insertRow(env, orgId, { provider: 'llm.example.org' })
    const filter = { request_response_rmt: { provider: { equals: name } } }
    const { status, body } = await ask('POST', '/v1/request/query', { key, body: { filter } })
    expect(status).toBe(201)
    expect(body.data).toMatchObject([{ provider: 'OPENAI', heliograph: { provider: 'openai' } }])
  },
)

test('a database that is down is a 503, not a bug', async () => {
  const { key } = await mintOrganization()
  const broken = new Proxy(env.LOGS, {
    get() {
      return () => {
        throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
      }
    },
  })
  const request = new Request(`${ORIGIN}/v1/request/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"filter":"all"}',
  })
  const response = await api.fetch(request, { ...env, LOGS: broken })
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ data: null, code: 'unavailable' })
})
