import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchClient } from '../../../src/gateway/cache/client-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function client() {
  const controller = new AbortController()
  const request = new Request('http://gateway.test/', { signal: controller.signal })
  return { watch: watchClient(request), leave: () => controller.abort() }
}

test('a client that leaves is told of', () => {
  const { watch, leave } = client()
  expect(watch.signal().aborted).toBe(false)
  leave()
  expect(watch.signal().aborted).toBe(true)
})

test('who has been gone for so long is not waited for', async () => {
  const { watch, leave } = client()
  const onGone = vi.fn()
  const gone = watch.goneFor(1_000)
  void gone.promise.then(onGone)
  await vi.advanceTimersByTimeAsync(5_000)
  leave()
  await vi.advanceTimersByTimeAsync(999)
  expect(onGone).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(onGone).toHaveBeenCalledOnce()
})

test('what is forgotten never comes', async () => {
  const { watch, leave } = client()
  const onGone = vi.fn()
  const gone = watch.goneFor(1_000)
  void gone.promise.then(onGone)
  leave()
  gone.forget()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(onGone).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
