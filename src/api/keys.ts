/** `/api/keys`: the organisation's API keys. */
import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { apiKeySchema, createdApiKeySchema, newKeySchema } from '../contracts/api/session-schema.ts'
import { createKey } from '../services/keys/create.ts'
import { listKeys } from '../services/keys/list.ts'
import { revokeKey } from '../services/keys/revoke.ts'
import { access } from './access.ts'
import { createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'

const tags = ['keys']
const ACCESS_REFUSALS = ['not_authenticated', 'key_write_only', 'cross_site'] as const

const listRoute = createRoute({
  method: 'get',
  path: '/api/keys',
  tags,
  summary: 'List API keys',
  middleware: [access('read')],
  responses: {
    200: envelope('Newest first, revoked ones included.', z.array(apiKeySchema)),
    ...refusals('not_authenticated', 'key_write_only'),
  },
})

const createKeyRoute = createRoute({
  method: 'post',
  path: '/api/keys',
  tags,
  summary: 'Make an API key',
  middleware: [access('read'), requireJson],
  request: { body: jsonBody(newKeySchema) },
  responses: {
    201: envelope('The key itself is shown this once.', createdApiKeySchema),
    ...refusals(...ACCESS_REFUSALS, 'invalid_json', 'invalid_body', 'unsupported_media_type'),
  },
})

const revokeRoute = createRoute({
  method: 'delete',
  path: '/api/keys/{id}',
  tags,
  summary: 'Revoke an API key',
  middleware: [access('read')],
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: {
    200: envelope('Revoked.', z.null()),
    ...refusals(...ACCESS_REFUSALS, 'not_found'),
  },
})

export const keys = createNoun()
  .openapi(listRoute, async (c) =>
    c.json({ data: await listKeys(c.env, c.var.orgId), error: null }, 200),
  )
  .openapi(createKeyRoute, async (c) =>
    c.json({ data: await createKey(c.env, c.var.orgId, c.req.valid('json')), error: null }, 201),
  )
  .openapi(revokeRoute, async (c) => {
    await revokeKey(c.env, c.var.orgId, c.req.valid('param').id)
    return c.json({ data: null, error: null }, 200)
  })
