/**
 * Every `Helicone-*` request header, in one table, and the one pass over a request's headers that reads them.
 * Values are taken as they are; a bad one never fails the call, it leaves a warning (contract §2.1, §2.2).
 * The table is checked against docs/reference/headers.md.
 */
import type { Warning } from '../../contracts/log-record.ts'
import type { HeaderRecord } from '../exchange.ts'
import { badHeader } from '../bad-header.ts'
import { readFlag } from '../header-flag.ts'
import { headerText } from './header-text.ts'
import { HEADERS } from './header-table.ts'
import type { HeaderSpec } from './header-table.ts'

export { HEADERS } from './header-table.ts'
export type { HeaderSpec } from './header-table.ts'

/** What the caller said by header. Absent is null. */
export interface HeliconeHeaders {
  auth: string | null
  requestId: string | null
  /** Of the header; where a limit counts by user and there is none, of the body. */
  userId: string | null
  sessionId: string | null
  sessionPath: string | null
  sessionName: string | null
  requestName: string | null
  promptId: string | null
  promptVersion: string | null
  modelOverride: string | null
  omitRequest: boolean
  omitResponse: boolean
  targetUrl: string | null
  apiBase: string | null
  increaseTimeout: boolean
  properties: Record<string, string>
  /** Values for the policy rooms, by lower-cased canonical name: aliases are resolved. */
  policy: ReadonlyMap<string, string>
}

const PROPERTY_PREFIX = 'helicone-property-'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Every name and alias of a policy header → its canonical lower-cased name, and whether it has an effect yet. */
const POLICY: ReadonlyMap<string, { name: string; isPlanned: boolean }> = new Map(
  (HEADERS as readonly HeaderSpec[])
    .filter((spec) => spec.state !== 'honoured')
    .flatMap((spec) => {
      const entry = { name: spec.name.toLowerCase(), isPlanned: spec.state === 'planned' }
      return [spec.name, ...(spec.aliases ?? [])].map(
        (name) => [name.toLowerCase(), entry] as const,
      )
    }),
)

export function parseHeaders(headers: HeaderRecord, warnings: Warning[]): HeliconeHeaders {
  const policy = new Map<string, string>()
  const parsed: HeliconeHeaders = {
    auth: null,
    requestId: null,
    userId: null,
    sessionId: null,
    sessionPath: null,
    sessionName: null,
    requestName: null,
    promptId: null,
    promptVersion: null,
    modelOverride: null,
    omitRequest: false,
    omitResponse: false,
    targetUrl: null,
    apiBase: null,
    increaseTimeout: false,
    properties: {},
    policy,
  }
  for (const name in headers) {
    if (!name.startsWith('helicone-')) continue
    read(parsed, policy, name, headerText(headers[name] ?? ''), warnings)
  }
  return parsed
}

function read(
  into: HeliconeHeaders,
  policy: Map<string, string>,
  name: string,
  value: string,
  warnings: Warning[],
): void {
  if (name.startsWith(PROPERTY_PREFIX)) {
    // defineProperty semantics through a null-safe key: a property called __proto__ is only a name.
    const key = name.slice(PROPERTY_PREFIX.length)
    if (key !== '' && key !== '__proto__') into.properties[key] = value
    return
  }
  switch (name) {
    case 'helicone-auth':
      into.auth = value
      return
    case 'helicone-request-id':
      into.requestId = readUuid(value, warnings)
      return
    case 'helicone-user-id':
      into.userId = value
      return
    case 'helicone-session-id':
      into.sessionId = value
      return
    case 'helicone-session-path':
      into.sessionPath = value.startsWith('/') ? value : `/${value}`
      return
    case 'helicone-session-name':
      into.sessionName = value
      return
    case 'helicone-request-name':
      into.requestName = value
      return
    case 'helicone-prompt-id':
      into.promptId = value
      return
    case 'helicone-prompt-version':
      into.promptVersion = value
      return
    case 'helicone-model-override':
      into.modelOverride = value
      return
    case 'helicone-omit-request':
      into.omitRequest = readFlag('Helicone-Omit-Request', value, warnings)
      return
    case 'helicone-omit-response':
      into.omitResponse = readFlag('Helicone-Omit-Response', value, warnings)
      return
    case 'helicone-target-url':
      into.targetUrl = value
      return
    case 'helicone-openai-api-base':
      into.apiBase = value
      return
    case 'helicone-increase-timeout':
      into.increaseTimeout = readFlag('Helicone-Increase-Timeout', value, warnings)
      return
    default:
      readPolicy(policy, name, value, warnings)
  }
}

function readPolicy(
  into: Map<string, string>,
  name: string,
  value: string,
  warnings: Warning[],
): void {
  const known = POLICY.get(name)
  if (known === undefined) return
  if (known.isPlanned) warnings.push(noEffect(name))
  else into.set(known.name, value)
}

function readUuid(value: string, warnings: Warning[]): string | null {
  if (UUID.test(value)) return value.toLowerCase()
  const warning = badHeader('Helicone-Request-Id', value, 'a UUID')
  warnings.push({ ...warning, code: 'request_id_replaced' })
  return null
}

function noEffect(name: string): Warning {
  return {
    code: 'header_without_effect',
    header: name,
    message: `${name} is accepted but has no effect in this version.`,
  }
}
