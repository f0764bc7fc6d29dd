/**
 * The session cookie. Over https it has the `__Host-` prefix, which binds it to this host and to TLS; browsers refuse
 * that on plain http, where only a laptop's own address is served.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { readConfig } from '../env.ts'
import { SESSION_SECONDS } from '../services/sessions/sign-in.ts'
import type { ApiEnv } from './api-env.ts'

export function cookieName(c: Context<ApiEnv>): string {
  return isSecure(c) ? '__Host-heliograph' : 'heliograph'
}

export function readSessionCookie(c: Context<ApiEnv>): string | undefined {
  return getCookie(c, cookieName(c))
}

export function setSessionCookie(c: Context<ApiEnv>, token: string): void {
  setCookie(c, cookieName(c), token, { ...attributes(c), maxAge: SESSION_SECONDS })
}

export function clearSessionCookie(c: Context<ApiEnv>): void {
  deleteCookie(c, cookieName(c), attributes(c))
}

function attributes(c: Context<ApiEnv>) {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(c) } as const
}

function isSecure(c: Context<ApiEnv>): boolean {
  return [c.req.url, readConfig(c.env).publicUrl].some((url) => url?.startsWith('https:') === true)
}
