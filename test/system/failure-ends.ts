/** What a call came to, held against what the table says: the client's side, and the row's. */
import { expect } from 'vitest'
import { ERROR_CODES } from '../../src/gateway/errors.ts'
import { STATUS_STREAM_BROKEN, STATUS_TIMEOUT } from '../../src/lib/statuses.ts'
import type { RawAnswer } from '../support/raw-call.ts'
import type { LogRow } from '../support/stored-rows.ts'
import type { SeenRequest } from '../support/upstream.ts'
import { goodText, messageOf, NO_USAGE, openingUsage, USAGE, type Form } from './failure-forms.ts'
import type { Attempt, End } from './failure-mode.ts'

/** However a call ends, it ends sooner than this. */
export const LONGEST_CALL_MS = 10_000

export interface Called {
  readonly answer: RawAnswer
  readonly text: string
  readonly row: LogRow
  readonly detail: Detail
  /** What the provider was asked. */
  readonly seen: readonly SeenRequest[]
}

export interface Detail {
  readonly attempts: readonly (Attempt & { readonly waitMs: number; readonly durationMs: number })[]
  readonly timer?: string | null
}

/** The attempts that were made, no more, each with its end and its wait. */
export async function expectAttempts(called: Called, attempts: readonly Attempt[]): Promise<void> {
  const { row, detail, seen } = called
  expect(seen).toHaveLength(attempts.length)
  expect(row).toMatchObject({ attempts: attempts.length })
  expect(detail.attempts.map(({ status, error }) => ({ status, error }))).toEqual(
    attempts.map(({ status, error }) => ({
      status,
      error: error === 'some' ? (expect.any(String) as string) : error,
    })),
  )
  expect(Number(row['latency_ms'])).toBeLessThan(LONGEST_CALL_MS)
  // Whoever was given up is told so: no connection is left open.
  for (const [index, { error }] of attempts.entries()) {
    if (error === 'timeout') expect((await seen[index]?.ended)?.early).toBe(true)
  }
}

export function expectEnd(end: End, form: Form, called: Called): void {
  const { answer, text, row, detail } = called
  expect(answer.headers['helicone-status'] ?? answer.headers['x-helicone-error']).toBeDefined()
  switch (end.kind) {
    case 'passed':
      expect(answer).toMatchObject({ status: 200, isWhole: true })
      expect(answer.body).toEqual(Buffer.from(end.body))
      expect(row).toMatchObject({
        status: 200,
        outcome: 'success',
        error_code: null,
        ...USAGE,
        ...end.row,
      })
      break
    case 'refused':
      expect(answer).toMatchObject({ status: end.status, isWhole: true })
      expect(JSON.parse(text)).toEqual(form.error(end.status))
      expect(answer.headers).not.toHaveProperty('x-helicone-error')
      expect(row).toMatchObject({
        status: end.status,
        outcome: 'provider_error',
        error_code: null,
        error_message: messageOf(end.status),
        input_tokens: null,
      })
      break
    case 'ours': {
      const { status } = ERROR_CODES[end.code]
      expect(answer).toMatchObject({ status, isWhole: true })
      expect(answer.headers['x-helicone-error']).toEqual([end.code])
      expect(JSON.parse(text)).toMatchObject(ourError(form, end.code))
      const isTimeout = end.code === 'upstream_timeout'
      expect(row).toMatchObject({
        status: isTimeout ? STATUS_TIMEOUT : status,
        outcome: isTimeout ? 'timeout' : 'gateway_error',
        error_code: end.code,
        input_tokens: null,
      })
      break
    }
    case 'cut':
      expect(answer).toMatchObject({ status: 200, isWhole: false })
      // The runtime drops what it had not yet sent when an answer fails.
      expect(end.body.startsWith(text)).toBe(true)
      expect(row).toMatchObject({ status: STATUS_STREAM_BROKEN, outcome: 'stream_broken' })
      expect(row).toMatchObject(usageOf(end.body, form))
      break
    case 'ended':
      expect(answer).toMatchObject({ status: 200, isWhole: true })
      expect(text.startsWith(end.body)).toBe(true)
      expect(lastEvent(text)).toMatchObject(ourError(form, 'upstream_timeout'))
      expect(row).toMatchObject({ status: STATUS_TIMEOUT, outcome: 'timeout' })
      expect(row).toMatchObject(usageOf(end.body, form))
      break
  }
  expect(detail.timer ?? null).toBe('timer' in end ? end.timer : null)
}

/** What the provider had told of usage when it broke off. */
function usageOf(body: string, form: Form): object {
  return form.isStream && body !== '' ? openingUsage(form) : NO_USAGE
}

/** An error of the gateway's in the caller's dialect. */
function ourError({ client }: Form, code: string): object {
  const error = { message: expect.any(String) as string, code }
  return client === 'openai' ? { error } : { type: 'error', error }
}

function lastEvent(text: string): unknown {
  const event = text.trimEnd().split('\n\n').at(-1) ?? ''
  return JSON.parse(event.slice(event.indexOf('{'))) as unknown
}

export function expectGood(form: Form, { answer, text, row, detail }: Called): void {
  expect(answer).toMatchObject({ status: 200, isWhole: true })
  expect(text).toBe(goodText(form))
  expect(row).toMatchObject({ status: 200, outcome: 'success', error_code: null, ...USAGE })
  expect(detail.timer ?? null).toBeNull()
}
