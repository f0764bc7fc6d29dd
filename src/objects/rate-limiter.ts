/**
 * One segment's limiter: the calls of an organisation, a user, a key or a property value, in one unit. Decides in memory
 * and writes before it answers only when it must (limit-ledger.ts says when, decision 10 says why). An alarm empties it
 * once all its buckets are full again, so a segment that went quiet costs nothing.
 */
import { DurableObject } from 'cloudflare:workers'
import { LimitLedger } from '../lib/limit-ledger.ts'
import type { SavedSlot } from '../lib/limit-ledger.ts'
import type {
  Limiter,
  LimiterView,
  TakeAnswer,
  TakeInput,
  TakeReceipt,
} from '../lib/limiter-protocol.ts'

const KEY = 'ledger'
/** Between full and forgotten, so that a bucket in use is not emptied all the time. */
const LINGER_MS = 10_000

/** Stored under `ledger`. */
interface Stored {
  v: 1
  slots: SavedSlot[]
  /** Epoch ms of the clean-up. */
  alarmAt: number
}

type Synchronous<T> = {
  [K in keyof T]: T[K] extends (...values: infer A) => Promise<infer R>
    ? (...values: A) => R
    : never
}

export class RateLimiter extends DurableObject<Env> implements Synchronous<Limiter> {
  #ledger: LimitLedger
  #alarmAt: number | null
  #writes = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const stored = ctx.storage.kv.get<Stored>(KEY)
    this.#ledger = new LimitLedger(stored?.slots ?? [], Date.now())
    this.#alarmAt = stored?.alarmAt ?? null
  }

  take(input: TakeInput): TakeAnswer {
    const now = Date.now()
    const answer = this.#ledger.take(input, now)
    this.#saveIfNeeded(now)
    return answer
  }

  takeAll(inputs: TakeInput[]): TakeAnswer[] {
    const now = Date.now()
    const answers = inputs.map((input) => this.#ledger.take(input, now))
    this.#saveIfNeeded(now)
    return answers
  }

  settle(receipt: TakeReceipt, actual: number | null): void {
    const now = Date.now()
    this.#ledger.settle(receipt, actual, now)
    this.#saveIfNeeded(now)
  }

  release(receipt: TakeReceipt): void {
    const now = Date.now()
    this.#ledger.release(receipt, now)
    this.#saveIfNeeded(now)
  }

  peek(): LimiterView {
    return { ...this.#ledger.view(Date.now()), writes: this.#writes }
  }

  override async alarm(): Promise<void> {
    const now = Date.now()
    const idleInMs = this.#ledger.idleInMs(now)
    if (idleInMs === 0) {
      this.#ledger = new LimitLedger([], now)
      this.#alarmAt = null
      await this.ctx.storage.deleteAll()
      return
    }
    this.#alarmAt = null
    this.#save(now)
  }

  #saveIfNeeded(now: number): void {
    if (this.#ledger.needsSave(now)) this.#save(now)
  }

  /** Not awaited: the runtime holds the answer back until the write is on disk, and the object can go on. */
  #save(now: number): void {
    const slots = this.#ledger.save(now)
    if (this.#alarmAt === null) {
      this.#alarmAt = now + this.#ledger.idleInMs(now) + LINGER_MS
      this.#writes += 1
      void this.ctx.storage.setAlarm(this.#alarmAt)
    }
    this.#writes += 1
    this.ctx.storage.kv.put(KEY, { v: 1, slots, alarmAt: this.#alarmAt } satisfies Stored)
  }
}
