/** What every noun's app has in common: how input is refused, which headers answers carry, how results are described. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import { Refusal } from '../lib/refusal.ts'
import { openRequests } from '../services/requests/context.ts'
import type { RequestContext } from '../services/requests/context.ts'
import type { ApiEnv } from './api-env.ts'
import { API_ERRORS } from './errors.ts'
import type { ApiErrorCode } from './errors.ts'

const MAX_BODY_BYTES = 1_048_576

/** An app for one noun; its own input checks answer in the envelope. */
export function createNoun() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      const where =
        issue === undefined || issue.path.length === 0 ? result.target : issue.path.join('.')
      throw new Refusal('invalid_body', `${where}: ${issue?.message ?? 'invalid'}`)
    },
  })
}

/** The verbs' context for the organisation that `access` found. */
export function contextOf(c: Context<ApiEnv>): RequestContext {
  return openRequests(c.env, c.var.orgId, new URL(c.req.url).origin)
}

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new Refusal('body_too_large', 'The body is larger than 1 MiB.')
  },
})

/** A body of another type would be read as an empty one, and its filter silently ignored. */
export const requireJson = createMiddleware(async (c, next) => {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/([a-z.+-]+\+)?json\b/i.test(type)) {
    throw new Refusal(
      'unsupported_media_type',
      'Send the body as "Content-Type: application/json".',
    )
  }
  await next()
})

/** No answer of the API is for a cache, a frame, or a sniffing browser. */
export const secureHeaders = createMiddleware(async (c, next) => {
  await next()
  if (c.res.status === 101) return
  const headers = c.res.headers
  setDefault(headers, 'cache-control', 'no-store')
  setDefault(headers, 'content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  headers.set('referrer-policy', 'no-referrer')
  if (c.req.url.startsWith('https:')) {
    headers.set('strict-transport-security', 'max-age=31536000')
  }
})

function setDefault(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value)
}

/** A JSON body of a route. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** A successful answer in the envelope. */
export function envelope<T extends z.ZodType>(description: string, data: T) {
  const schema = z.object({ data, error: z.null() })
  return { description, content: { 'application/json': { schema } } }
}

const errorSchema = z
  .object({ data: z.null(), error: z.string(), code: z.string() })
  .meta({ id: 'Error' })

/** The refusals of a route for the document, by status. They are thrown, so handlers need not answer them. */
export function refusals(...codes: ApiErrorCode[]): Record<`${4 | 5}XX`, never> {
  const byStatus = Map.groupBy(codes, (code) => API_ERRORS[code].status)
  const entries = [...byStatus].map(([status, group]) => {
    const description = group.map((code) => `\`${code}\`: ${API_ERRORS[code].meaning}`).join(' ')
    return [status, { description, content: { 'application/json': { schema: errorSchema } } }]
  })
  return Object.fromEntries(entries) as Record<`${4 | 5}XX`, never>
}
