/** Signing in and out, and the first run (`/api/session`, `/api/sign-in`, `/api/sign-in-links`, `/api/setup`). */
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import {
  sessionInfoSchema,
  setupResultSchema,
  setupSchema,
  signInLinkSchema,
  signInSchema,
} from '../contracts/api/session-schema.ts'
import { readConfig } from '../env.ts'
import { Refusal } from '../lib/refusal.ts'
import { createLink } from '../services/sessions/create-link.ts'
import { describeSession } from '../services/sessions/current.ts'
import { signIn } from '../services/sessions/sign-in.ts'
import { signOut } from '../services/sessions/sign-out.ts'
import { countAttempt } from '../services/sessions/throttle.ts'
import { runSetup } from '../services/setup/run.ts'
import { access, checkSameOrigin } from './access.ts'
import type { ApiEnv } from './api-env.ts'
import { createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './cookie.ts'

const tags = ['session']
const INPUT_REFUSALS = [
  'invalid_json',
  'invalid_body',
  'unsupported_media_type',
  'body_too_large',
] as const

/** Without this another site could sign its visitors in to an account of its own. */
const sameOrigin = createMiddleware<ApiEnv>(async (c, next) => {
  checkSameOrigin(c)
  await next()
})

const readRoute = createRoute({
  method: 'get',
  path: '/api/session',
  tags,
  summary: 'Who is signed in',
  middleware: [access('session')],
  responses: {
    200: envelope('The session.', sessionInfoSchema),
    ...refusals('not_authenticated'),
  },
})

const endRoute = createRoute({
  method: 'delete',
  path: '/api/session',
  tags,
  summary: 'Sign out',
  middleware: [access('session')],
  responses: {
    200: envelope('Signed out.', z.null()),
    ...refusals('not_authenticated', 'cross_site'),
  },
})

const signInRoute = createRoute({
  method: 'post',
  path: '/api/sign-in',
  tags,
  summary: 'Sign in with a one-time token',
  middleware: [sameOrigin, requireJson],
  request: { body: jsonBody(signInSchema) },
  responses: {
    200: envelope('Signed in; the cookie is set.', sessionInfoSchema),
    ...refusals(...INPUT_REFUSALS, 'invalid_token', 'cross_site', 'too_many_attempts'),
  },
})

const linkRoute = createRoute({
  method: 'post',
  path: '/api/sign-in-links',
  tags,
  summary: 'Make a one-time sign-in link',
  middleware: [access('read')],
  responses: {
    201: envelope('The link, valid for 15 minutes.', signInLinkSchema),
    ...refusals('not_authenticated', 'key_write_only', 'cross_site'),
  },
})

const setupRoute = createRoute({
  method: 'post',
  path: '/api/setup',
  tags,
  summary: 'First run: make the organisation',
  middleware: [sameOrigin, requireJson],
  request: { body: jsonBody(setupSchema) },
  responses: {
    201: envelope('The organisation and its first key, shown once.', setupResultSchema),
    ...refusals(
      ...INPUT_REFUSALS,
      'invalid_token',
      'cross_site',
      'setup_done',
      'too_many_attempts',
    ),
  },
})

export const session = createNoun()
  .openapi(readRoute, async (c) =>
    c.json({ data: await describe(c, c.var.orgId), error: null }, 200),
  )
  .openapi(endRoute, async (c) => {
    const token = readSessionCookie(c)
    if (token !== undefined) await signOut(c.env, token)
    clearSessionCookie(c)
    return c.json({ data: null, error: null }, 200)
  })
  .openapi(signInRoute, async (c) => {
    await countAttempt(c.env, addressOf(c))
    const { token, orgId } = await signIn(c.env, c.req.valid('json').token)
    const data = await describe(c, orgId)
    setSessionCookie(c, token)
    return c.json({ data, error: null }, 200)
  })
  .openapi(linkRoute, async (c) => {
    const origin = readConfig(c.env).publicUrl ?? new URL(c.req.url).origin
    return c.json({ data: await createLink(c.env, c.var.orgId, origin), error: null }, 201)
  })
  .openapi(setupRoute, async (c) => {
    await countAttempt(c.env, addressOf(c))
    const { result, sessionToken } = await runSetup(c.env, c.req.valid('json'))
    setSessionCookie(c, sessionToken)
    return c.json({ data: result, error: null }, 201)
  })

async function describe(c: Context<ApiEnv>, orgId: string) {
  const info = await describeSession(c.env, orgId, new URL(c.req.url).origin)
  if (info === null) throw new Refusal('not_authenticated', "The session's organisation is gone.")
  return info
}

function addressOf(c: Context<ApiEnv>): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown'
}
