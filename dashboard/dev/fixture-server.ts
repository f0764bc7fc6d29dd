/**
 * The API, made up, for work on the dashboard without a Worker: `HELIOGRAPH_FIXTURES=1 npm run dev`. Rows come live every
 * few seconds. Any token signs in but `bad`; `empty` also forgets all rows.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import type { RequestQuery, RequestRow } from '../../src/contracts/api/requests.ts'
import type { ApiKeyRow } from '../../src/contracts/api/session.ts'
import { makeBody } from './fixture-bodies.ts'
import { answerPolicies, makePolicyState } from './fixture-policies.ts'
import type { PolicyState } from './fixture-policies.ts'
import { facetsOf, matchesFilter, sortRows } from './fixture-query.ts'
import { makeRow, makeRows } from './fixture-rows.ts'

const LIVE_MS = 4_000
/** As strict as the Worker's own policy. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; connect-src 'self' ws:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

interface State {
  isSignedIn: boolean
  rows: RequestRow[]
  keys: ApiKeyRow[]
  sockets: Set<Duplex>
  policies: PolicyState
}

export function fixtureServer(): Plugin {
  const state: State = {
    isSignedIn: true,
    rows: makeRows(480),
    keys: makeKeys(),
    sockets: new Set(),
    policies: makePolicyState(),
  }
  const install = (server: ViteDevServer | PreviewServer, isBuilt: boolean) => {
    server.middlewares.use((request, response, next) => {
      if (isBuilt) response.setHeader('content-security-policy', POLICY)
      answer(state, request, response).then((done) => done || next(), next)
    })
    server.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      if (request.url === '/api/live') acceptSocket(state, request, socket)
    })
    const timer = setInterval(() => {
      if (state.rows.length > 0) push(state, makeRow(state.rows.length, Date.now()))
    }, LIVE_MS)
    timer.unref()
  }
  return {
    name: 'heliograph:fixture-server',
    configureServer: (server) => install(server, false),
    configurePreviewServer: (server) => install(server, true),
  }
}

function push(state: State, row: RequestRow): void {
  state.rows.unshift(row)
  for (const socket of state.sockets) {
    socket.write(frame(JSON.stringify({ type: 'rows', rows: [{ ...row, signed_body_url: null }] })))
  }
}

async function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = `${request.method ?? 'GET'} ${url.pathname}`
  if (!/^\/(api|v1)\//.test(url.pathname)) return false
  const body = JSON.parse((await text(request)) || '{}') as Record<string, unknown>
  const send = (status: number, value: unknown) => {
    response.statusCode = status
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(value))
    return true as const
  }
  const isOpen = /sign-in|setup|stored-body|fixture/.test(url.pathname)
  if (!isOpen && !state.isSignedIn) return send(401, { error: 'Sign in first.' })
  const policies = answerPolicies(state.policies, state.rows, request.method ?? 'GET', url, body)
  if (policies !== null) return send(policies.status, policies.value)
  return respond(state, route, url, body, send)
}

type Send = (status: number, value: unknown) => true

function respond(
  state: State,
  route: string,
  url: URL,
  body: Record<string, unknown>,
  send: Send,
): boolean {
  const id = decodeURIComponent(url.pathname.split('/')[3] ?? '')
  switch (route) {
    case 'GET /api/session':
      return send(200, {
        organization: { id: 'org', name: 'Northwind Labs' },
        environment: 'local',
        gatewayUrl: 'http://localhost:8787',
        snippetKey: 'sk-helicone-local00-0000000-0000000-0000000',
        sandbox: true,
      })
    case 'DELETE /api/session':
      state.isSignedIn = false
      return send(200, { data: null, error: null })
    case 'POST /api/sign-in':
      if (body.token === 'bad')
        return send(401, { error: 'This link has been used, or is too old.' })
      state.isSignedIn = true
      if (body.token === 'empty') [state.rows, state.policies.rules] = [[], []]
      return send(200, { data: null, error: null })
    case 'POST /api/sign-in-links':
      return send(201, {
        data: {
          url: 'http://localhost:8787/sign-in?token=fixture',
          expiresAt: Date.now() + 900_000,
        },
        error: null,
      })
    case 'POST /api/setup':
      return body.token === 'bad'
        ? send(401, { error: 'This set-up token is not valid.' })
        : send(200, {
            organization: { id: 'org', name: body.organizationName },
            apiKey: 'sk-helicone-x7k2m4q-9vbn3wd-2lpr8tz-6hsy5fc',
          })
    case 'GET /api/keys':
      return send(200, state.keys)
    case 'POST /api/keys':
      return send(200, createKey(state, body))
    case 'POST /v1/request/query':
      return send(201, { data: query(state, body as unknown as RequestQuery), error: null })
    case 'POST /v1/request/count/query':
      return send(201, {
        data: state.rows.filter((row) => matchesFilter(row, body.filter)).length,
        error: null,
      })
    case 'POST /api/facets':
      return send(200, {
        data: facetsOf(state.rows.filter((row) => matchesFilter(row, body.filter))),
        error: null,
      })
    case 'POST /api/fixture/push':
      push(state, makeRow(state.rows.length, Date.now()))
      return send(200, {})
    default:
      return respondToRow(state, route, id, url, body, send)
  }
}

function respondToRow(
  state: State,
  route: string,
  id: string,
  url: URL,
  body: Record<string, unknown>,
  send: Send,
): boolean {
  if (route.startsWith('DELETE /api/keys/')) {
    const key = state.keys.find((one) => one.id === id)
    if (key) key.revokedAt = Date.now()
    return send(200, { data: null, error: null })
  }
  const row = state.rows.find((one) => one.heliograph.id === id)
  if (row === undefined) return send(404, { data: null, error: `No request has the id ${id}.` })
  if (route.endsWith('/feedback')) {
    row.feedback_rating = body.rating === true
    return send(200, { data: null, error: null })
  }
  if (url.pathname.startsWith('/v1/stored-body/')) return send(200, makeBody(row))
  return send(200, { data: row, error: null })
}

function query(state: State, { filter, offset = 0, limit = 10, sort }: RequestQuery): RequestRow[] {
  const matching = state.rows.filter((row) => matchesFilter(row, filter))
  return sortRows(matching, sort).slice(offset, offset + limit)
}

function makeKeys(): ApiKeyRow[] {
  const day = 86_400_000
  const base = { permissions: 'rw', revokedAt: null } as const
  return [
    { ...base, id: 'k1', name: 'Local', hint: 'sk-…0000', createdAt: Date.now() - 41 * day },
    {
      ...base,
      id: 'k2',
      name: 'production-api',
      hint: 'sk-…k9fz',
      createdAt: Date.now() - 12 * day,
    },
    {
      id: 'k3',
      name: 'mobile app (write only)',
      hint: 'pk-…2mxa',
      permissions: 'w',
      createdAt: Date.now() - 5 * day,
      revokedAt: null,
    },
    {
      ...base,
      id: 'k4',
      name: 'old-ci',
      hint: 'sk-…77qd',
      createdAt: 1,
      revokedAt: Date.now() - day,
    },
  ]
}

function createKey(state: State, body: Record<string, unknown>) {
  const permissions: ApiKeyRow['permissions'] = body.permissions === 'w' ? 'w' : 'rw'
  const prefix = permissions === 'w' ? 'pk' : 'sk'
  const row: ApiKeyRow = {
    id: `k${String(state.keys.length + 1)}`,
    name: String(body.name),
    hint: `${prefix}-…6hsy`,
    permissions,
    createdAt: Date.now(),
    revokedAt: null,
  }
  state.keys.unshift(row)
  return { ...row, key: `${prefix}-helicone-x7k2m4q-9vbn3wd-2lpr8tz-${row.id}6hsy` }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function acceptSocket(state: State, request: IncomingMessage, socket: Duplex): void {
  const key = `${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.write(frame(JSON.stringify({ type: 'hello' })))
  state.sockets.add(socket)
  const forget = () => state.sockets.delete(socket)
  socket.on('data', () => socket.write(frame('pong')))
  socket.on('close', forget)
  socket.on('error', forget)
}

/** One unmasked text frame. */
function frame(message: string): Buffer {
  const payload = Buffer.from(message)
  const length = payload.byteLength
  const head = length < 126 ? Buffer.from([0x81, length]) : Buffer.alloc(length < 65_536 ? 4 : 10)
  if (length >= 126) {
    head[0] = 0x81
    head[1] = length < 65_536 ? 126 : 127
    if (length < 65_536) head.writeUInt16BE(length, 2)
    else head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}
