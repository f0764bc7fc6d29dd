/** What a test may do to the breakable Worker (breakable.worker.ts), and what came of it. */

export type BreakableBinding =
  | 'DB'
  | 'LOGS'
  | 'KV'
  | 'RESPONSES'
  | 'BODIES'
  | 'LOG_QUEUE'
  | 'LOG_DLQ'
  | 'LIVE'
  | 'RATE_LIMITER'
  /** No binding, but it can fail as one. */
  | 'CACHE_API'

export type Moment = 'before' | 'after'

/**
 * How a dependency is down. `before`: it refuses. `after`: it did what was asked, and its answer was lost. `hang`: it
 * is silent until the faults change, and then fails.
 */
export type Fault = Moment | 'hang'

export interface Faults {
  readonly broken: Readonly<Partial<Record<BreakableBinding, Fault>>>
  /** Share of messages that come again although they were taken in, or before they are. */
  readonly redeliverRate: number
  /** Share of batches that two consumers work on at the same time. */
  readonly doubleRate: number
  /** Share of batches whose consumer dies at some operation, before or after it took effect. */
  readonly crashRate: number
  readonly seed: number
}

export const NO_FAULTS: Faults = {
  broken: {},
  redeliverRate: 0,
  doubleRate: 0,
  crashRate: 0,
  seed: 1,
}

export interface FaultCounts {
  /** Operations that failed, by binding. */
  failures: Partial<Record<BreakableBinding, number>>
  /** Batches handed to the consumer. */
  deliveries: number
  crashes: number
  redelivered: number
  doubled: number
  /** Consumers at work now. */
  running: number
}
