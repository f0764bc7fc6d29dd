/** What the table of failures says of each: how the provider fails, and what it comes to. */
import type { ErrorCode } from '../../src/gateway/errors.ts'
import type { TimerName } from '../../src/gateway/dispatch/time-policy.ts'
import type { Script } from '../support/upstream.ts'
import type { Form } from './failure-forms.ts'

/** How a call ends, as the client and the row see it. */
export type End =
  /** The provider's bytes, all of them. `row` where it says more or less than a good answer's. */
  | { readonly kind: 'passed'; readonly body: string | Buffer; readonly row?: object }
  /** The provider's own error. */
  | { readonly kind: 'refused'; readonly status: number }
  /** An error of the gateway's own. */
  | { readonly kind: 'ours'; readonly code: ErrorCode; readonly timer: TimerName | null }
  /** What came, and then a connection that breaks. */
  | { readonly kind: 'cut'; readonly body: string }
  /** What came, and then an error event. */
  | { readonly kind: 'ended'; readonly body: string; readonly timer: TimerName }

/** An attempt as the row tells of it; `error` is told in the platform's words where it is `some`. */
export interface Attempt {
  readonly status: number | null
  readonly error: 'timeout' | 'unreachable' | 'broken' | 'some' | null
}

export interface Mode {
  readonly name: string
  readonly forms: readonly Form[]
  readonly script: (form: Form) => Script
  /** Header of the timer that ends it. */
  readonly timer?: string
  /** The end without any policy. */
  readonly alone: (form: Form) => End
  readonly attempt: Attempt
  /** With a policy the answer is held until it says something: what differs then. */
  readonly held?: { readonly end: (form: Form) => End; readonly attempt: Attempt }
  /** Whether retries ask again, and whether a fallback is tried. */
  readonly retries: boolean
  readonly moves: boolean
  /** Whether the cache may give it again; never unless given. */
  readonly mayBeKept?: boolean
  /** Wait before a retry, in ms, when the provider names one. */
  readonly waitMs?: number
  /** What the vendors' SDKs raise, or that they answer: one for both, or OpenAI's and Anthropic's. */
  readonly sdk: string | readonly [openai: string, anthropic: string]
}
