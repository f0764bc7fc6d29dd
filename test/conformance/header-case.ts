/** What the table of headers says of one value of one header: what is sent beside it, and what comes of it. */
import type { HEADERS } from '../../src/gateway/receive/header-table.ts'
import type { RawAnswer } from '../support/raw-call.ts'
import type { LogRow } from '../support/stored-rows.ts'
import type { Script, SeenRequest } from '../support/upstream.ts'

export type HeaderName = (typeof HEADERS)[number]['name']

/** Where the case runs. */
export interface Place {
  /** Key of an organisation that only this case uses. */
  readonly key: string
  /** Origin of the fake provider. */
  readonly upstreamUrl: string
  /** To be passed on, so that the provider knows the case. */
  readonly caseHeaders: Readonly<Record<string, string>>
}

/** One call of a case. */
export interface Made {
  readonly answer: RawAnswer
  readonly text: string
  readonly row: LogRow
  /** The row's `detail`. */
  readonly detail: Readonly<Record<string, unknown>>
  /** What the provider was asked in this case so far. */
  readonly seen: readonly SeenRequest[]
}

/** Calls again with the same header, and with what is given beside it. */
export type Again = (headers?: Record<string, string>, body?: string) => Promise<Made>

export interface HeaderCase {
  readonly header: HeaderName
  readonly kind: 'good' | 'bad'
  readonly value: string | ((place: Place) => string)
  /** The spelling that is sent, where it is another. */
  readonly as?: string
  /** What tells the case from others of the same value. */
  readonly note?: string
  readonly beside?: Readonly<Record<string, string>>
  readonly path?: string
  readonly body?: string
  /** The provider's answers, one after the other; good ones unless given. */
  readonly scripts?: readonly Script[]
  /** 200 unless given. */
  readonly status?: number
  /** Headers of the answer; null where there must be none of that name. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** The one code in `Helicone-Warnings` and in the row; none unless given. */
  readonly warning?: string
  /** Columns of the row; null where there is no row. */
  readonly row?: Readonly<Record<string, unknown>> | null
  readonly detail?: Readonly<Record<string, unknown>>
  readonly check?: (made: Made, again: Again) => void | Promise<void>
  /** In an organisation with strict headers it is a 400: texts of its message beside the header's name. */
  readonly strict?: readonly string[]
}

/** Cases of one header, with what they have in common. */
export function of(
  header: HeaderName,
  ...cases: readonly Omit<HeaderCase, 'header'>[]
): readonly HeaderCase[] {
  return cases.map((each) => ({ header, ...each }))
}

/** A value that is left out, with a warning. */
export const BAD_VALUE = { kind: 'bad', warning: 'invalid_header_value' } as const

/** Values of a number that cannot be used, and what is used instead. */
export function badNumbers(
  header: HeaderName,
  expected: string,
  values: readonly string[],
  more: Partial<HeaderCase>,
): readonly HeaderCase[] {
  return of(
    header,
    ...values.map((value) => ({
      ...BAD_VALUE,
      value,
      strict: [`"${value}"`, expected],
      ...more,
    })),
  )
}

/** The model that the provider was asked for. */
export async function modelOf({ seen }: Made, index: number): Promise<unknown> {
  const body = await seen[index]?.body
  return body === undefined ? null : (body.json() as { model: string }).model
}
