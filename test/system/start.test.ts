/** Both ways to start the real Worker for a test: it answers, is migrated and seeded, and ends. */
import { describe, expect, it } from 'vitest'
import { LOCAL_KEY, startDevGateway, startGateway } from '../support/gateway.ts'

const call = {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'helicone-auth': `Bearer ${LOCAL_KEY}`,
    authorization: 'Bearer sk-sandbox',
  },
  body: JSON.stringify({ model: 'sandbox-mini', messages: [{ role: 'user', content: 'Hello' }] }),
}

describe('the Worker in the harness', () => {
  it('answers its health check and a first sandbox call, and shows its bindings', async () => {
    const gateway = await startGateway({ vars: { LOG_TRANSPORT: 'direct' } })
    try {
      expect((await gateway.fetch('/healthcheck')).status).toBe(200)
      const answer = await gateway.fetchHost('http://oai.example.com/v1/chat/completions', call)
      expect(answer.status).toBe(200)
      const keys = await gateway.env.DB.prepare('SELECT id FROM api_keys').all()
      expect(keys.results).toEqual([{ id: 'key-local' }])
      await gateway.scheduled()
    } finally {
      await gateway.close()
    }
  })
})

describe('the Worker under wrangler dev', () => {
  it('answers its health check and a first sandbox call, and is gone after close', async () => {
    const gateway = await startDevGateway({ vars: { LOG_TRANSPORT: 'direct' } })
    try {
      expect((await gateway.fetch('/healthcheck')).status).toBe(200)
      const answer = await gateway.fetchHost('http://oai.example.com/v1/chat/completions', call)
      expect(answer.status).toBe(200)
      await gateway.scheduled()
    } finally {
      await gateway.close()
    }
    await expect(gateway.fetch('/healthcheck')).rejects.toThrow()
  })
})
