/** Who is calling, what the call is filed under, and where it goes: good and bad values, and what comes of each. */
import { expect } from 'vitest'
import { chatAnswer } from '../support/calls.ts'
import type { Script } from '../support/upstream.ts'
import { after, createGate, json } from '../support/upstream-scripts.ts'
import { of, type HeaderCase, type HeaderName } from './header-case.ts'

const UUID = '0190A6C2-7D5E-4CC3-98C4-DC0C0C07398F'
const ANY_UUID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
const UNKNOWN_KEY = 'sk-helicone-aizk36y-5yue2my-qmy5tza-n7x3aqa'
/** What the log keeps of a text. */
const KEPT_CHARACTERS = 512

/** The operator's limit in these tests. */
export const UPSTREAM_TIMEOUT_MS = 6_000
/** More than that, and less than `Helicone-Increase-Timeout` allows. */
const SLOW_MS = 7_000

function slow(): Script {
  return (call) => {
    const gate = createGate()
    setTimeout(() => gate.open(), SLOW_MS)
    return after(gate, json(chatAnswer(12, 8)))(call)
  }
}

/** A text that is taken as it is. */
function text(header: HeaderName, value: string, column: string): readonly HeaderCase[] {
  const long = 'x'.repeat(KEPT_CHARACTERS + 1)
  return of(
    header,
    { kind: 'good', value, row: { [column]: value } },
    {
      kind: 'good',
      value: long,
      note: 'a long text, which is cut',
      row: { [column]: long.slice(1) },
    },
  )
}

const refusedKey = (code: string) =>
  ({ kind: 'bad', status: 401, answer: { 'x-helicone-error': code }, row: null }) as const

const refusedTarget = (code: string) =>
  ({
    kind: 'bad',
    status: 400,
    answer: { 'x-helicone-error': code },
    row: { status: 400, outcome: 'gateway_error', error_code: code },
    detail: { attempts: [] },
    check: ({ seen }) => expect(seen).toEqual([]),
  }) as const satisfies Partial<HeaderCase>

const NOT_BOOLEAN = {
  kind: 'bad',
  value: 'yes',
  warning: 'invalid_header_value',
  strict: ['"yes"', 'true or false'],
} as const

/** Of an omitted body the tokens and the price are kept. */
const OMITTED_ROW = { model: 'gpt-4o-mini-2024-07-18', input_tokens: 12, cost_nano: 6_600 }

export const CALLER: readonly HeaderCase[] = [
  ...of(
    'Helicone-Auth',
    { kind: 'good', value: ({ key }) => `Bearer ${key}`, row: { outcome: 'success' } },
    { value: 'Bearer sk-helicone-nonsense', ...refusedKey('malformed_key') },
    { value: `Bearer ${UNKNOWN_KEY}`, ...refusedKey('invalid_key') },
    { value: 'undefined', ...refusedKey('missing_key') },
  ),
  ...of(
    'Helicone-Request-Id',
    {
      kind: 'good',
      value: UUID,
      answer: { 'helicone-id': UUID.toLowerCase() },
      row: { request_id: UUID.toLowerCase() },
    },
    {
      kind: 'bad',
      value: 'mine',
      warning: 'request_id_replaced',
      answer: { 'helicone-id': ANY_UUID },
      row: { request_id: null },
      strict: ['"mine"', 'a UUID'],
    },
  ),
  ...text('Helicone-User-Id', 'ann@example.com', 'user_id'),
  ...of(
    'Helicone-Property-*',
    {
      kind: 'good',
      as: 'Helicone-Property-Environment',
      value: 'Production',
      row: { properties: '{"environment":"Production"}' },
    },
    {
      kind: 'good',
      as: 'Helicone-Property-__proto__',
      value: 'is only a name, and passed over',
      row: { properties: '{}' },
    },
    {
      kind: 'good',
      as: 'Helicone-Property-',
      value: 'has no name, and is passed over',
      row: { properties: '{}' },
    },
  ),
  ...text('Helicone-Session-Id', 'session-abc', 'session_id'),
  ...of(
    'Helicone-Session-Path',
    { kind: 'good', value: '/parent/child', row: { session_path: '/parent/child' } },
    { kind: 'good', value: 'parent/child', row: { session_path: '/parent/child' } },
  ),
  ...text('Helicone-Session-Name', 'Customer Support', 'session_name'),
  ...text('Helicone-Request-Name', 'support_ticket_response', 'request_name'),
  ...text('Helicone-Prompt-Id', 'this is the first prompt', 'prompt_id'),
  ...text('Helicone-Prompt-Version', '3', 'prompt_version'),
]

export const RECORDED: readonly HeaderCase[] = [
  ...of(
    'Helicone-Model-Override',
    {
      kind: 'good',
      value: 'gpt-4o',
      // 12 tokens at $2.50 and 8 at $10 a million.
      row: {
        model: 'gpt-4o',
        model_asked: 'gpt-4o-mini',
        model_answered: 'gpt-4o-mini-2024-07-18',
        cost_nano: 110_000,
      },
    },
    {
      kind: 'good',
      value: 'nobody-knows-it',
      row: { model: 'nobody-knows-it', input_tokens: 12, cost_nano: null },
    },
  ),
  ...of(
    'Helicone-Omit-Request',
    ...['true', 'True'].map((value) => ({
      kind: 'good' as const,
      value,
      row: { ...OMITTED_ROW, request_body_state: 'omitted', response_body_state: 'stored' },
    })),
    {
      kind: 'good',
      value: 'false',
      row: { request_body_state: 'stored', response_body_state: 'stored' },
    },
    { ...NOT_BOOLEAN, row: { request_body_state: 'stored' } },
  ),
  ...of(
    'Helicone-Omit-Response',
    ...['true', 'TRUE'].map((value) => ({
      kind: 'good' as const,
      value,
      row: { ...OMITTED_ROW, request_body_state: 'stored', response_body_state: 'omitted' },
    })),
    {
      kind: 'good',
      value: 'FALSE',
      row: { request_body_state: 'stored', response_body_state: 'stored' },
    },
    { ...NOT_BOOLEAN, row: { response_body_state: 'stored' } },
  ),
]

export const TARGET: readonly HeaderCase[] = [
  ...of(
    'Helicone-Target-URL',
    {
      kind: 'good',
      value: ({ upstreamUrl }) => upstreamUrl,
      path: '/v1/chat/completions',
      row: { provider: '127.0.0.1', path: '/v1/chat/completions' },
    },
    {
      kind: 'good',
      value: ({ upstreamUrl }) => `${upstreamUrl}/some/path?and=more`,
      note: 'a path, of which only the origin counts',
      path: '/v1/chat/completions',
      warning: 'target_path_ignored',
      check: ({ seen }) => expect(seen[0]?.url).toBe('/v1/chat/completions'),
    },
    { value: 'nonsense', path: '/v1/chat/completions', ...refusedTarget('invalid_target') },
    { value: 'ftp://example.com', ...refusedTarget('target_not_allowed') },
    { value: 'https://ann:secret@example.com', ...refusedTarget('target_not_allowed') },
  ),
  ...of(
    'Helicone-OpenAI-Api-Base',
    {
      kind: 'good',
      value: ({ upstreamUrl }) => upstreamUrl,
      path: '/openai/deployments/mine/chat/completions?api-version=2024-06-01',
      row: { provider: '127.0.0.1', path: '/openai/deployments/mine/chat/completions' },
      check: ({ seen }) => expect(seen[0]?.url).toContain('?api-version=2024-06-01'),
    },
    { value: 'my-resource', ...refusedTarget('invalid_target') },
  ),
  ...of(
    'Helicone-Increase-Timeout',
    { kind: 'good', value: 'true', scripts: [slow()], row: { outcome: 'success' } },
    { kind: 'good', value: 'True', scripts: [slow()], row: { outcome: 'success' } },
    {
      kind: 'good',
      value: 'false',
      scripts: [slow()],
      status: 504,
      row: { outcome: 'timeout', error_code: 'upstream_timeout' },
      detail: { timer: 'headers' },
    },
    { ...NOT_BOOLEAN, row: { outcome: 'success' } },
  ),
]
