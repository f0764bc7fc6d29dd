/** Who asks a limiter, and for whom: against the real books, with the way to them held up, broken or cut. */
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { takeInLine } from '../../../src/gateway/policy/limit-line.ts'
import { LimitLedger } from '../../../src/lib/limit-ledger.ts'
import type { Limiter, TakeAnswer, TakeInput } from '../../../src/lib/limiter-protocol.ts'

afterEach(() => vi.useRealTimers())

/** A limiter behind a network of the test's: each question waits in `held` until it is let through. */
function remote() {
  const ledger = new LimitLedger([], 0)
  const held: { ids: string[]; pass: () => void; fail: () => void }[] = []
  const cross = async <T>(inputs: TakeInput[], answer: () => T): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const fail = (): void => reject(new Error('the line was cut'))
    held.push({ ids: inputs.map(({ id }) => id), pass: resolve, fail })
    await promise
    return answer()
  }
  const take = (input: TakeInput): TakeAnswer => ledger.take(input, 0)
  const limiter: Pick<Limiter, 'take' | 'takeAll'> = {
    take: (input) => cross([input], () => take(input)),
    takeAll: (inputs) => cross(inputs, () => inputs.map(take)),
  }
  return { limiters: { getByName: () => limiter }, held }
}

let buckets = 0
const newBucket = (): string => `bucket-${(buckets += 1)}`

function call(id: number, quota = 100): TakeInput {
  const capacity = quota * 1_000
  const demand = {
    capacity,
    windowMs: 3_600_000,
    cost: 1_000,
    fallbackCost: 1_000,
    isReserved: false,
  }
  return { id: `call-${id}`, demands: [demand], isTentative: false }
}

/** Resolves when no promise is left to be settled. */
const allThatFollows = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets everything through until nobody asks any more. */
async function passAll({ held }: ReturnType<typeof remote>): Promise<string[][]> {
  const asked: string[][] = []
  await allThatFollows()
  while (held.length > 0) {
    const next = held.shift()
    if (next) asked.push(next.ids)
    next?.pass()
    await allThatFollows()
  }
  return asked
}

test('calls that are alone ask for themselves', async () => {
  const far = remote()
  const bucket = newBucket()
  for (const id of [1, 2, 3]) {
    const taking = takeInLine(far.limiters, bucket, call(id))
    expect(await passAll(far)).toEqual([[`call-${id}`]])
    expect(await taking).toMatchObject({ isAllowed: true })
  }
})

test('two ask, those who come meanwhile are asked for together, in their order', async () => {
  const far = remote()
  const bucket = newBucket()
  const ids = Array.from({ length: 8 }, (_, index) => index + 1)
  const takings = ids.map((id) => takeInLine(far.limiters, bucket, call(id)))
  expect(far.held.map((question) => question.ids)).toEqual([['call-1'], ['call-2']])
  const asked = await passAll(far)
  expect(asked).toEqual([
    ['call-1'],
    ['call-2'],
    ['call-3', 'call-4', 'call-5', 'call-6', 'call-7', 'call-8'],
  ])
  const answers = await Promise.all(takings)
  expect(answers.map(({ slots }) => slots[0]?.level)).toEqual(ids.map((id) => (100 - id) * 1_000))
})

test('limiters do not wait for each other', async () => {
  const far = remote()
  const takings = [1, 2, 3].map((id) => takeInLine(far.limiters, newBucket(), call(id)))
  expect(far.held).toHaveLength(3)
  await passAll(far)
  expect(await Promise.all(takings)).toHaveLength(3)
})

test('a question that fails fails for those whom it was for, and the next goes on', async () => {
  const far = remote()
  const bucket = newBucket()
  const takings = [1, 2, 3, 4].map((id) => takeInLine(far.limiters, bucket, call(id)))
  const settled = Promise.allSettled(takings)
  far.held.shift()?.pass()
  await vi.waitFor(() => expect(far.held).toHaveLength(2))
  const late = takeInLine(far.limiters, bucket, call(5))
  const [, together] = far.held
  expect(together?.ids).toEqual(['call-3', 'call-4'])
  far.held.splice(1, 1)
  together?.fail()
  await vi.waitFor(() => expect(far.held).toHaveLength(2))
  await passAll(far)
  expect((await settled).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ])
  expect(await late).toMatchObject({ isAllowed: true })
})

test('who waits for askers that are gone asks for itself', async () => {
  vi.useFakeTimers()
  const far = remote()
  const bucket = newBucket()
  // Nobody ever lets these through: their requests were ended by the runtime.
  void takeInLine(far.limiters, bucket, call(1))
  void takeInLine(far.limiters, bucket, call(2))
  const waiting = takeInLine(far.limiters, bucket, call(3))
  expect(far.held).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(500)
  expect(far.held.map(({ ids }) => ids)).toEqual([['call-1'], ['call-2'], ['call-3']])
  const fresh = takeInLine(far.limiters, bucket, call(4))
  expect(far.held).toHaveLength(4)
  for (const question of far.held.splice(2)) question.pass()
  expect(await Promise.all([waiting, fresh])).toMatchObject([
    { isAllowed: true },
    { isAllowed: true },
  ])
})

test('who was taken along is not asked for again, however slow the answer is', async () => {
  vi.useFakeTimers()
  const far = remote()
  const bucket = newBucket()
  const takings = [1, 2, 3, 4].map((id) => takeInLine(far.limiters, bucket, call(id)))
  await vi.advanceTimersByTimeAsync(300)
  far.held.shift()?.pass()
  await vi.advanceTimersByTimeAsync(300)
  expect(far.held.map(({ ids }) => ids)).toEqual([['call-2'], ['call-3', 'call-4']])
  for (const question of far.held) question.pass()
  const answers = await Promise.all(takings)
  expect(answers.map(({ slots }) => slots[0]?.level)).toEqual([99_000, 98_000, 97_000, 96_000])
})

test('however the questions fall together, exactly the quota passes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 12 }),
      async (quota, waves) => {
        const far = remote()
        const bucket = newBucket()
        const takings: Promise<TakeAnswer>[] = []
        for (const wave of waves) {
          for (let i = 0; i < wave; i += 1) {
            takings.push(takeInLine(far.limiters, bucket, call(takings.length, quota)))
          }
          far.held.shift()?.pass()
          await Promise.resolve()
        }
        await passAll(far)
        const passed = (await Promise.all(takings)).filter(({ isAllowed }) => isAllowed)
        expect(passed).toHaveLength(Math.min(quota, takings.length))
      },
    ),
  )
})
