/** Calls the API as a client would, and mints organisations with keys and sessions. */
import { env } from 'cloudflare:workers'
import { api } from '../../src/api/index.ts'
import { createKey } from '../../src/services/keys/create.ts'
import { prepareSession } from '../../src/services/sessions/sign-in.ts'
import { insertSessionStatement } from '../../src/store/sessions.ts'

export const ORIGIN = 'https://heliograph.test'

export interface Organization {
  orgId: string
  key: string
  writeKey: string
  cookie: string
}

export async function mintOrganization(): Promise<Organization> {
  const orgId = `org-${crypto.randomUUID()}`
  await env.DB.prepare('insert into organizations (id, name, created_at) values (?1, ?2, ?3)')
    .bind(orgId, 'Test', Date.now())
    .run()
  const { key } = await createKey(env, orgId, { name: 'reads and writes', permissions: 'rw' })
  const { key: writeKey } = await createKey(env, orgId, { name: 'writes', permissions: 'w' })
  const session = await prepareSession(orgId, Date.now())
  await insertSessionStatement(env.DB, session.row).run()
  return { orgId, key, writeKey, cookie: `__Host-heliograph=${session.token}` }
}

export interface CallOptions {
  key?: string
  cookie?: string
  /** Sent as JSON, a string as it is. */
  body?: unknown
  headers?: Record<string, string>
}

export async function call(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Response> {
  const headers = new Headers()
  if (options.key !== undefined) headers.set('authorization', `Bearer ${options.key}`)
  if (options.cookie !== undefined) {
    headers.set('cookie', options.cookie)
    headers.set('origin', ORIGIN)
  }
  if (options.body !== undefined) headers.set('content-type', 'application/json')
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value)
  const body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body)
  const url = new URL(path, ORIGIN)
  return api.fetch(
    new Request(url, { method, headers, body: options.body === undefined ? null : body }),
    env,
  )
}

/** Status and parsed body. */
export async function ask(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await call(method, path, options)
  return { status: response.status, body: await response.json() }
}
