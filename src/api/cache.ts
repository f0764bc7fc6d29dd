/** `/v1/cache`: takes stored answers out of use. `/api/cache/overview`: what the cache was good for. */
import { createRoute } from '@hono/zod-openapi'
import {
  cacheKeyParamSchema,
  cacheOverviewQuerySchema,
  cacheOverviewSchema,
  cachePurgeSchema,
  purgeQuerySchema,
} from '../contracts/api/cache-schema.ts'
import { cacheOverview } from '../services/cache/overview.ts'
import { purgeKey, purgeOrganization, purgeSeed } from '../services/cache/purge.ts'
import { access } from './access.ts'
import { createNoun, envelope, refusals } from './app.ts'

const tags = ['cache']
const REFUSALS = ['not_authenticated', 'key_write_only', 'cross_site', 'unavailable'] as const

const purgeRoute = createRoute({
  method: 'delete',
  path: '/v1/cache',
  tags,
  summary: 'Purge the response cache',
  description: 'All of it, or what was stored under one `Helicone-Cache-Seed`.',
  middleware: [access('read')],
  request: { query: purgeQuerySchema },
  responses: {
    200: envelope('Purged; other data centres follow within the time given.', cachePurgeSchema),
    ...refusals(...REFUSALS, 'invalid_body'),
  },
})

const purgeKeyRoute = createRoute({
  method: 'delete',
  path: '/v1/cache/{key}',
  tags,
  summary: 'Purge one cached answer',
  description: 'By its cache key, as the log of a request shows it; all slots of a bucket.',
  middleware: [access('read')],
  request: { params: cacheKeyParamSchema },
  responses: {
    200: envelope('Purged, or it was not there.', cachePurgeSchema),
    ...refusals(...REFUSALS, 'invalid_body'),
  },
})

const overviewRoute = createRoute({
  method: 'get',
  path: '/api/cache/overview',
  tags,
  summary: 'What the response cache did: hits, savings, top answers',
  middleware: [access('read')],
  request: { query: cacheOverviewQuerySchema },
  responses: {
    200: envelope('Of the calls that asked for the cache.', cacheOverviewSchema),
    ...refusals('not_authenticated', 'key_write_only', 'invalid_body'),
  },
})

export const cache = createNoun()
  .openapi(overviewRoute, async (c) => {
    const data = await cacheOverview(c.env, c.var.orgId, c.req.valid('query'))
    return c.json({ data, error: null }, 200)
  })
  .openapi(purgeRoute, async (c) => {
    const { seed } = c.req.valid('query')
    const { orgId } = c.var
    const data =
      seed === undefined
        ? await purgeOrganization(c.env, orgId)
        : await purgeSeed(c.env, orgId, seed)
    return c.json({ data, error: null }, 200)
  })
  .openapi(purgeKeyRoute, async (c) => {
    const { key } = c.req.valid('param')
    const data = await purgeKey(c.env, c.var.orgId, key, new URL(c.req.url).origin)
    return c.json({ data, error: null }, 200)
  })
