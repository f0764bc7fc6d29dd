/**
 * The calls of this isolate that ask one limiter at the same time: a few ask at once, those who come meanwhile wait in line
 * and are asked for together by the first of them. So a limiter's load, and its bill, grow slower than the traffic, and a
 * call that is alone never waits. Everybody's question is asked in a request that is still there: a request that waits
 * makes its own promise, and others only resolve it.
 */
import { limiterNamed } from '../../lib/limiter-protocol.ts'
import type { LimiterNamespace, TakeAnswer, TakeInput } from '../../lib/limiter-protocol.ts'
import type { Lending } from './limit-loan.ts'

/** Questions under way to one limiter. More would only wait there. */
const MOST_ASKING = 2
/** Calls that one question is for. */
const MOST_TOGETHER = 64
/** An asker that was not heard of for so long is gone: the runtime ended its request. */
const GONE_MS = 500

interface Waiting {
  input: TakeInput
  lending: Lending | null
  turn: (turn: Turn) => void
}

type Turn =
  | { kind: 'answered'; answer: TakeAnswer }
  | { kind: 'failed'; error: unknown }
  /** Ask, for these too. */
  | { kind: 'ask'; others: Waiting[] }

interface Line {
  asking: number
  /** Epoch ms. */
  heardAt: number
  waiting: Waiting[]
}

const lines = new Map<string, Line>()

/** As `Limiter.take`. Rejects when the limiter does. */
export async function takeInLine(
  limiters: LimiterNamespace,
  bucket: string,
  input: TakeInput,
  lending: Lending | null = null,
): Promise<TakeAnswer> {
  const line = lineFor(bucket)
  const asker = { limiters, bucket, input, lending }
  if (line.asking < MOST_ASKING) return await ask(line, asker, [])
  const turn = await wait(line, input, lending)
  switch (turn.kind) {
    case 'answered':
      return turn.answer
    case 'failed':
      throw turn.error
    case 'ask':
      return await ask(line, asker, turn.others)
  }
}

function lineFor(bucket: string): Line {
  const known = lines.get(bucket)
  const isAlive = known !== undefined && Date.now() - known.heardAt < GONE_MS
  if (isAlive) return known
  const line: Line = { asking: 0, heardAt: Date.now(), waiting: [] }
  lines.set(bucket, line)
  return line
}

async function wait(line: Line, input: TakeInput, lending: Lending | null): Promise<Turn> {
  const { promise, resolve } = Promise.withResolvers<Turn>()
  const waiting: Waiting = { input, lending, turn: resolve }
  line.waiting.push(waiting)
  const timer = setTimeout(() => {
    // Who was taken along by an asker is not asked for again: that would be counted twice.
    if (!line.waiting.includes(waiting)) return
    line.waiting = line.waiting.filter((each) => each !== waiting)
    resolve({ kind: 'ask', others: [] })
  }, GONE_MS)
  const turn = await promise
  clearTimeout(timer)
  return turn
}

interface Asker {
  limiters: LimiterNamespace
  bucket: string
  input: TakeInput
  lending: Lending | null
}

async function ask(line: Line, asker: Asker, others: readonly Waiting[]): Promise<TakeAnswer> {
  const { limiters, bucket, lending } = asker
  line.asking += 1
  let answer: TakeAnswer | null = null
  try {
    const limiter = limiterNamed(limiters, bucket)
    const lend = lending?.wish() ?? 0
    const input = lend === 0 ? asker.input : { ...asker.input, lend }
    if (others.length === 0) return (answer = await limiter.take(input))
    const inputs = [input, ...others.map((each) => each.input)]
    const [own, ...rest] = await limiter.takeAll(inputs)
    if (own === undefined) throw new Error('the limiter answered nothing')
    answer = own
    for (const [index, { turn }] of others.entries()) turn(turnOf(rest[index]))
    return own
  } catch (error) {
    for (const { turn } of others) turn({ kind: 'failed', error })
    throw error
  } finally {
    lending?.keep(answer)
    line.asking -= 1
    line.heardAt = Date.now()
    line.waiting = line.waiting.filter((waiting) => !isLent(waiting))
    const [next, ...followers] = line.waiting.splice(0, MOST_TOGETHER)
    if (next !== undefined) next.turn({ kind: 'ask', others: followers })
    else if (line.asking === 0 && lines.get(bucket) === line) lines.delete(bucket)
  }
}

/** Lets a call go that a loan now covers. */
function isLent({ lending, turn }: Waiting): boolean {
  const answer = lending?.take() ?? null
  if (answer === null) return false
  turn({ kind: 'answered', answer })
  return true
}

function turnOf(answer: TakeAnswer | undefined): Turn {
  if (answer === undefined) return { kind: 'failed', error: new Error('no answer for this call') }
  return { kind: 'answered', answer }
}
