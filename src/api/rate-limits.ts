/** `/v1/rate-limits`: limits for every key of the organisation. `/api/rate-limits/live`: limits at work. */
import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  liveLimitSchema,
  rateLimitRuleInputSchema,
  rateLimitRuleSchema,
} from '../contracts/api/rate-limits-schema.ts'
import { createRule } from '../services/rate-limits/create.ts'
import { listRules } from '../services/rate-limits/list.ts'
import { liveLimits } from '../services/rate-limits/live.ts'
import { removeRule } from '../services/rate-limits/remove.ts'
import { replaceRule } from '../services/rate-limits/update.ts'
import { access } from './access.ts'
import { createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'

const tags = ['rate limits']
const READ_REFUSALS = ['not_authenticated', 'key_write_only'] as const
const WRITE_REFUSALS = [...READ_REFUSALS, 'cross_site'] as const
const BODY_REFUSALS = ['invalid_json', 'invalid_body', 'unsupported_media_type'] as const
const params = z.object({ ruleId: z.string().max(100) })

const listRoute = createRoute({
  method: 'get',
  path: '/v1/rate-limits',
  tags,
  summary: 'List rate limit rules',
  middleware: [access('read')],
  responses: {
    200: envelope('Oldest first.', z.array(rateLimitRuleSchema)),
    ...refusals(...READ_REFUSALS),
  },
})

const createRuleRoute = createRoute({
  method: 'post',
  path: '/v1/rate-limits',
  tags,
  summary: 'Make a rate limit rule',
  description:
    'Rules apply to every key, to calls that carry no Helicone-RateLimit-Policy header. All rules apply at once and the strictest answers. At most 20; in effect within a minute.',
  middleware: [access('read'), requireJson],
  request: { body: jsonBody(rateLimitRuleInputSchema) },
  responses: {
    200: envelope('The rule.', rateLimitRuleSchema),
    ...refusals(...WRITE_REFUSALS, ...BODY_REFUSALS),
  },
})

const replaceRoute = createRoute({
  method: 'put',
  path: '/v1/rate-limits/{ruleId}',
  tags,
  summary: 'Replace a rate limit rule',
  middleware: [access('read'), requireJson],
  request: { params, body: jsonBody(rateLimitRuleInputSchema) },
  responses: {
    200: envelope('The rule.', rateLimitRuleSchema),
    ...refusals(...WRITE_REFUSALS, ...BODY_REFUSALS, 'not_found'),
  },
})

const deleteRoute = createRoute({
  method: 'delete',
  path: '/v1/rate-limits/{ruleId}',
  tags,
  summary: 'Delete a rate limit rule',
  middleware: [access('read')],
  request: { params },
  responses: {
    200: envelope('Deleted.', z.null()),
    ...refusals(...WRITE_REFUSALS, 'not_found'),
  },
})

const liveRoute = createRoute({
  method: 'get',
  path: '/api/rate-limits/live',
  tags,
  summary: 'Limits at work: busiest segments, and who was denied',
  middleware: [access('read')],
  responses: {
    200: envelope('Denied segments first, then the busiest.', z.array(liveLimitSchema)),
    ...refusals(...READ_REFUSALS),
  },
})

export const rateLimits = createNoun()
  .openapi(listRoute, async (c) =>
    c.json({ data: await listRules(c.env, c.var.orgId), error: null }, 200),
  )
  .openapi(createRuleRoute, async (c) =>
    c.json({ data: await createRule(c.env, c.var.orgId, c.req.valid('json')), error: null }, 200),
  )
  .openapi(replaceRoute, async (c) => {
    const { ruleId } = c.req.valid('param')
    const rule = await replaceRule(c.env, c.var.orgId, ruleId, c.req.valid('json'))
    return c.json({ data: rule, error: null }, 200)
  })
  .openapi(deleteRoute, async (c) => {
    await removeRule(c.env, c.var.orgId, c.req.valid('param').ruleId)
    return c.json({ data: null, error: null }, 200)
  })
  .openapi(liveRoute, async (c) =>
    c.json({ data: await liveLimits(c.env, c.var.orgId), error: null }, 200),
  )
