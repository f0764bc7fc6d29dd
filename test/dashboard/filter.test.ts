/** A token asks the API and tests live rows for the same thing. */
import { describe, expect, test } from 'vitest'
import type { RequestRow } from '../../src/contracts/api/requests.ts'
import {
  buildFilter,
  formatToken,
  parseToken,
} from '../../dashboard/src/features/requests/filter.ts'
import { matchesSelection } from '../../dashboard/src/features/requests/match.ts'
import { lookOfRow } from '../../dashboard/src/features/requests/status.ts'
import { deniedSearch } from '../../dashboard/src/features/rate-limits/segment.ts'

interface Facts {
  status: number
  outcome: string
  code?: string
  limits?: readonly { segment: string; denied: boolean }[]
}

function row({ status, outcome, code, limits = [] }: Facts): RequestRow {
  return {
    request_created_at: '2026-01-15T12:00:00Z',
    response_status: status,
    heliograph: {
      outcome,
      error_code: code ?? null,
      error_message: outcome === 'success' ? null : 'It failed.',
      limits,
    },
  } as unknown as RequestRow
}

const good = row({ status: 200, outcome: 'success' })
const endsWithError = row({ status: 200, outcome: 'provider_error' })
const providerLimit = row({ status: 429, outcome: 'provider_error' })
const broken = row({ status: -100, outcome: 'stream_broken' })
const denied = row({
  status: 429,
  outcome: 'gateway_error',
  code: 'rate_limited',
  limits: [
    { segment: 'organization', denied: false },
    { segment: 'user:ann', denied: true },
  ],
})
const ROWS = { good, endsWithError, providerLimit, broken, denied }

function found(text: string): string[] {
  const token = parseToken(text)
  if (token === null) throw new Error(`no token: ${text}`)
  const selection = { tokens: [token], text: '', from: null, to: null }
  return Object.entries(ROWS)
    .filter(([, each]) => matchesSelection(each, selection))
    .map(([name]) => name)
}

function asked(text: string) {
  const token = parseToken(text)
  return token === null ? null : buildFilter([token], '', null, null)
}

const rmt = (column: string, test: object) => ({ request_response_rmt: { [column]: test } })

describe('how it ended', () => {
  test.each([
    ['status:ok', ['good'], { equals: 'success' }],
    [
      'status:error',
      ['endsWithError', 'providerLimit', 'broken', 'denied'],
      { 'not-equals': 'success' },
    ],
    [
      '-status:ok',
      ['endsWithError', 'providerLimit', 'broken', 'denied'],
      { 'not-equals': 'success' },
    ],
    ['-status:error', ['good'], { equals: 'success' }],
  ])('%s', (text, names, outcome) => {
    expect(found(text)).toEqual(names)
    expect(asked(text)).toEqual(rmt('outcome', outcome))
  })

  test('a status is what the client saw', () => {
    expect(found('status:200')).toEqual(['good', 'endsWithError'])
    expect(found('status:4xx')).toEqual(['providerLimit', 'denied'])
    expect(asked('status:200')).toEqual(rmt('status', { equals: 200 }))
  })

  test('an error inside a 200 is marked as one', () => {
    expect(lookOfRow(good)).toMatchObject({ code: '200', tone: 'ok' })
    expect(lookOfRow(endsWithError)).toEqual({
      code: '200 · error',
      tone: 'bad',
      meaning: 'It failed.',
    })
    expect(lookOfRow(providerLimit)).toMatchObject({ code: '429', tone: 'warn' })
  })
})

describe('limits of ours', () => {
  test.each([
    ['limited:any', ['denied'], rmt('error_code', { equals: 'rate_limited' })],
    ['limited:user:ann', ['denied'], rmt('limited_segment', { equals: 'user:ann' })],
    ['limited:organization', [], rmt('limited_segment', { equals: 'organization' })],
    [
      '-limited:user:ann',
      ['good', 'endsWithError', 'providerLimit', 'broken'],
      rmt('limited_segment', { 'not-equals': 'user:ann' }),
    ],
  ])('%s', (text, names, node) => {
    expect(found(text)).toEqual(names)
    expect(asked(text)).toEqual(node)
  })

  test.each(['organization', 'user:ann', 'key:0198c0de', 'plan:a:b'])(
    'who was denied is found again: %s',
    (segment) => {
      const [text = ''] = deniedSearch(segment).f ?? []
      const token = parseToken(text)
      expect(token).toMatchObject({ field: 'limited', value: segment })
      expect(token && formatToken(token)).toBe(text)
    },
  )
})
