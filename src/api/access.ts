/**
 * The one place that decides who may do what: an API key in `Authorization` or `Helicone-Authorization`, or the
 * dashboard's session cookie. A key that is sent decides alone; a cookie that writes must come from our own pages.
 */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { readConfig } from '../env.ts'
import { Refusal } from '../lib/refusal.ts'
import { verifyKey } from '../services/keys/verify.ts'
import { readSession } from '../services/sessions/current.ts'
import type { ApiEnv } from './api-env.ts'
import { cookieName } from './cookie.ts'

/**
 * `read`: sk- keys and sessions. `write`: pk- keys too, which applications hold that only report. `session`: a person at
 * the dashboard only.
 */
export type Need = 'read' | 'write' | 'session'

/** Middleware that sets `orgId` or throws `Refusal`: `not_authenticated`, `key_write_only`, `cross_site`. */
export function access(need: Need) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('orgId', await authorize(c, need))
    await next()
  })
}

async function authorize(c: Context<ApiEnv>, need: Need): Promise<string> {
  const credential = c.req.header('helicone-authorization') ?? c.req.header('authorization')
  if (credential !== undefined && need !== 'session') return authorizeKey(c, credential, need)
  return authorizeSession(c)
}

async function authorizeKey(c: Context<ApiEnv>, credential: string, need: Need): Promise<string> {
  const key = credential.replace(/^bearer\s+/i, '').trim()
  const owner = await verifyKey(c.env, readConfig(c.env).environment === 'local', key)
  if (owner === null)
    refuseUnknown('The API key is not valid: it is malformed, unknown or revoked.')
  if (need === 'read' && owner.permissions !== 'rw') {
    throw new Refusal('key_write_only', 'A pk- key may only write. Read with an sk- key.')
  }
  return owner.orgId
}

async function authorizeSession(c: Context<ApiEnv>): Promise<string> {
  const token = getCookie(c, cookieName(c))
  const orgId = token === undefined ? null : await readSession(c.env, token)
  if (orgId === null) {
    refuseUnknown('Sign in, or send an API key as "Authorization: Bearer sk-helicone-…".')
  }
  // A WebSocket is opened by GET and carries cookies from any page, so its origin counts like a write's.
  const isWrite = !['GET', 'HEAD'].includes(c.req.method)
  if (isWrite || c.req.header('upgrade') !== undefined) checkSameOrigin(c)
  return orgId
}

/**
 * Throws `Refusal('cross_site')` unless the browser says that one of our own pages sent this. Used for whatever acts on
 * a cookie, or sets one.
 */
export function checkSameOrigin(c: Context<ApiEnv>): void {
  const site = c.req.header('sec-fetch-site')
  if (site === 'same-origin') return
  const origin = c.req.header('origin')
  if (site === undefined && origin !== undefined && isOwnOrigin(c, origin)) return
  throw new Refusal('cross_site', 'The session cookie works from the dashboard itself only.')
}

/** By host: behind a proxy that ends TLS our own scheme is not the browser's. */
function isOwnOrigin(c: Context<ApiEnv>, origin: string): boolean {
  const host = URL.canParse(origin) ? new URL(origin).host : null
  const { publicUrl } = readConfig(c.env)
  const own = [c.req.url, publicUrl].filter((url) => url !== null)
  return own.some((url) => new URL(url).host === host)
}

function refuseUnknown(message: string): never {
  throw new Refusal('not_authenticated', message)
}
