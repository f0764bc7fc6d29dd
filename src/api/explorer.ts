/** What the dashboard's explorer needs beside the requests API: facets, the live feed, bodies by signed link. */
import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  bodyDocumentSchema,
  facetQuerySchema,
  facetsSchema,
} from '../contracts/api/requests-schema.ts'
import { Refusal } from '../lib/refusal.ts'
import { readBodies } from '../services/requests/bodies.ts'
import { checkBodyLink } from '../services/requests/body-link.ts'
import { openRequests } from '../services/requests/context.ts'
import { readFacets } from '../services/requests/facets.ts'
import { access } from './access.ts'
import { contextOf, createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'

const tags = ['explorer']

const facetsRoute = createRoute({
  method: 'post',
  path: '/api/facets',
  tags,
  summary: 'Observed values for filters',
  middleware: [access('read'), requireJson],
  request: { body: jsonBody(facetQuerySchema) },
  responses: {
    200: envelope('Most frequent first.', facetsSchema),
    ...refusals(
      'not_authenticated',
      'key_write_only',
      'cross_site',
      'invalid_json',
      'invalid_body',
      'invalid_filter',
    ),
  },
})

const liveRoute = createRoute({
  method: 'get',
  path: '/api/live',
  tags,
  summary: 'New requests as they finish (WebSocket)',
  middleware: [access('read')],
  responses: {
    101: { description: 'Messages are {"type":"hello"} and {"type":"rows","rows":[…]}.' },
    ...refusals('not_authenticated', 'key_write_only', 'cross_site', 'upgrade_required'),
  },
})

const bodiesRoute = createRoute({
  method: 'get',
  path: '/api/bodies/{orgId}/{id}',
  tags,
  summary: 'Bodies of one request, by signed link',
  security: [],
  request: {
    params: z.object({ orgId: z.string(), id: z.string() }),
    query: z.object({ expires: z.string().default(''), signature: z.string().default('') }),
  },
  responses: {
    200: {
      description:
        'Not in an envelope. The link works for an hour, from any origin, without any header.',
      content: { 'application/json': { schema: bodyDocumentSchema } },
    },
    ...refusals('invalid_link', 'expired_link', 'not_found'),
  },
})

export const explorer = createNoun()
  .openapi(facetsRoute, async (c) =>
    c.json({ data: await readFacets(contextOf(c), c.req.valid('json')), error: null }, 200),
  )
  .openapi(liveRoute, async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw new Refusal('upgrade_required', 'The live feed is a WebSocket.')
    }
    return c.env.LIVE.getByName(c.var.orgId).fetch(c.req.raw)
  })
  .openapi(bodiesRoute, async (c) => {
    // Set first: a page that reads a refusal cross-origin needs to see why.
    c.header('access-control-allow-origin', '*')
    const { orgId, id } = c.req.valid('param')
    await checkBodyLink(c.env, { orgId, id, ...c.req.valid('query') })
    const context = openRequests(c.env, orgId, new URL(c.req.url).origin)
    return c.json(await readBodies(context, id), 200)
  })
