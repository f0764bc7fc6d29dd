/** `/v1/request…` and `/v1/feedback` (contract §4.3). */
import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { requestQuerySchema, requestRowSchema } from '../contracts/api/requests-schema.ts'
import { countRequests } from '../services/requests/count.ts'
import { giveFeedback } from '../services/requests/feedback.ts'
import { getRequest } from '../services/requests/get.ts'
import { queryRequestIds } from '../services/requests/query-ids.ts'
import { queryRequests } from '../services/requests/query.ts'
import { putScores } from '../services/requests/score.ts'
import { setProperty } from '../services/requests/set-property.ts'
import { access } from './access.ts'
import { contextOf, createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'

const tags = ['requests']
const READ = [access('read')]
const READ_BODY = [access('read'), requireJson]
const WRITE_BODY = [access('write'), requireJson]
const params = z.object({ id: z.string().meta({ description: 'Request id or row id, a UUID.' }) })
const done = z.null()
const READ_REFUSALS = ['not_authenticated', 'key_write_only'] as const
const INPUT_REFUSALS = [
  'invalid_json',
  'invalid_body',
  'unsupported_media_type',
  'body_too_large',
] as const
const QUERY_REFUSALS = [
  ...READ_REFUSALS,
  ...INPUT_REFUSALS,
  'invalid_filter',
  'invalid_sort',
  'invalid_limit',
] as const
const WRITE_REFUSALS = ['not_authenticated', ...INPUT_REFUSALS, 'invalid_id', 'not_found'] as const

function queryRoute<P extends string>(path: P) {
  return createRoute({
    method: 'post',
    path,
    tags,
    summary: 'Query requests',
    middleware: READ_BODY,
    request: { body: jsonBody(requestQuerySchema) },
    responses: {
      201: envelope('One page of requests.', z.array(requestRowSchema)),
      ...refusals(...QUERY_REFUSALS),
    },
  })
}

const countRoute = createRoute({
  method: 'post',
  path: '/v1/request/count/query',
  tags,
  summary: 'Count requests',
  middleware: READ_BODY,
  request: { body: jsonBody(requestQuerySchema) },
  responses: {
    200: envelope('How many requests match.', z.number().int()),
    ...refusals(...QUERY_REFUSALS),
  },
})

const idsRoute = createRoute({
  method: 'post',
  path: '/v1/request/query-ids',
  tags,
  summary: 'Read requests by their ids',
  middleware: READ_BODY,
  request: { body: jsonBody(z.object({ requestIds: z.array(z.string().max(100)) })) },
  responses: {
    200: envelope('Those that exist, newest first.', z.array(requestRowSchema)),
    ...refusals(...READ_REFUSALS, ...INPUT_REFUSALS, 'invalid_limit'),
  },
})

const getRoute = createRoute({
  method: 'get',
  path: '/v1/request/{id}',
  tags,
  summary: 'Read one request',
  middleware: READ,
  request: {
    params,
    query: z.object({
      includeBody: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'Bodies instead of stubs.' }),
    }),
  },
  responses: {
    200: envelope('The request.', requestRowSchema),
    ...refusals(...READ_REFUSALS, 'invalid_body', 'invalid_id', 'not_found'),
  },
})

const feedbackRoute = createRoute({
  method: 'post',
  path: '/v1/request/{id}/feedback',
  tags,
  summary: 'Rate a request',
  middleware: WRITE_BODY,
  request: { params, body: jsonBody(z.object({ rating: z.boolean() })) },
  responses: { 201: envelope('Rated.', done), ...refusals(...WRITE_REFUSALS) },
})

const anyFeedbackRoute = createRoute({
  method: 'post',
  path: '/v1/feedback',
  tags,
  summary: 'Rate a request, its id in the body',
  middleware: WRITE_BODY,
  request: { body: jsonBody(z.object({ 'helicone-id': z.string(), rating: z.boolean() })) },
  responses: { 201: envelope('Rated.', done), ...refusals(...WRITE_REFUSALS) },
})

const propertyRoute = createRoute({
  method: 'put',
  path: '/v1/request/{id}/property',
  tags,
  summary: 'Set a property of a request',
  middleware: WRITE_BODY,
  request: { params, body: jsonBody(z.object({ key: z.string(), value: z.string() })) },
  responses: { 201: envelope('Set.', done), ...refusals(...WRITE_REFUSALS, 'invalid_property') },
})

const scores = z
  .record(
    z.string(),
    z.union([z.number(), z.boolean()], { error: 'expected a whole number or a boolean' }),
  )
  .meta({ description: 'Whole numbers or booleans.', example: { accuracy: 92, helpful: true } })

const scoreRoute = createRoute({
  method: 'post',
  path: '/v1/request/{id}/score',
  tags,
  summary: 'Score a request',
  middleware: WRITE_BODY,
  request: { params, body: jsonBody(z.object({ scores })) },
  responses: { 201: envelope('Scored.', done), ...refusals(...WRITE_REFUSALS, 'invalid_score') },
})

const DONE = { data: null, error: null }

export const requests = createNoun()
  .openapi(queryRoute('/v1/request/query'), async (c) =>
    c.json({ data: await queryRequests(contextOf(c), c.req.valid('json')), error: null }, 201),
  )
  .openapi(queryRoute('/v1/request/query-clickhouse'), async (c) =>
    c.json({ data: await queryRequests(contextOf(c), c.req.valid('json')), error: null }, 201),
  )
  .openapi(countRoute, async (c) =>
    c.json({ data: await countRequests(contextOf(c), c.req.valid('json')), error: null }, 200),
  )
  .openapi(idsRoute, async (c) => {
    const { requestIds } = c.req.valid('json')
    return c.json({ data: await queryRequestIds(contextOf(c), requestIds), error: null }, 200)
  })
  .openapi(getRoute, async (c) => {
    const includeBody = c.req.valid('query').includeBody === 'true'
    const data = await getRequest(contextOf(c), c.req.valid('param').id, includeBody)
    return c.json({ data, error: null }, 200)
  })
  .openapi(feedbackRoute, async (c) => {
    await giveFeedback(contextOf(c), c.req.valid('param').id, c.req.valid('json').rating)
    return c.json(DONE, 201)
  })
  .openapi(anyFeedbackRoute, async (c) => {
    const body = c.req.valid('json')
    await giveFeedback(contextOf(c), body['helicone-id'], body.rating)
    return c.json(DONE, 201)
  })
  .openapi(propertyRoute, async (c) => {
    const { key, value } = c.req.valid('json')
    await setProperty(contextOf(c), c.req.valid('param').id, key, value)
    return c.json(DONE, 201)
  })
  .openapi(scoreRoute, async (c) => {
    await putScores(contextOf(c), c.req.valid('param').id, c.req.valid('json').scores)
    return c.json(DONE, 201)
  })
