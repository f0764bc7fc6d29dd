/**
 * Puts an answer on the wire: whole JSON or server-sent events, at the pace and with the ending
 * that the caller asked for. A cancelled or aborted stream stops its timers at once.
 */
import { STALL_MS, wait, type Behavior } from './behavior.ts'

/** One server-sent event. `paced` frames carry content: they wait, and are what "midway" counts. */
export interface Frame {
  /** Name for the `event:` line; null writes none. */
  readonly event: string | null
  /** JSON value, or the literal `[DONE]`. */
  readonly data: object | '[DONE]'
  readonly paced: boolean
}

export interface Delivery {
  readonly behavior: Behavior
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const encoder = new TextEncoder()

/** Lets what was sent leave every buffer on its way before the connection goes. */
const BREAK_AFTER_MS = 50

/** A JSON answer; a broken one loses its second half, a stalled one never starts. */
export async function answerJson(body: object, delivery: Delivery): Promise<Response> {
  const { behavior, signal } = delivery
  if (behavior.ending === 'stalled') await wait(STALL_MS, signal)
  const headers = { ...delivery.headers, 'content-type': 'application/json' }
  const text = JSON.stringify(body)
  if (behavior.ending !== 'broken') return new Response(text, { headers })
  const half = encoder.encode(text.slice(0, Math.floor(text.length / 2)))
  const chunks = [half]
  const cut = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.pop()
      if (chunk) return controller.enqueue(chunk)
      await wait(BREAK_AFTER_MS, signal)
      controller.error(brokenOff())
    },
  })
  return new Response(cut, { headers })
}

/** A stream of events. `errorFrame` is what ends it when an error event was asked for. */
export function answerStream(
  frames: readonly Frame[],
  errorFrame: Frame,
  delivery: Delivery,
): Response {
  const { behavior } = delivery
  const end = endOf(frames, behavior)
  const stop = new AbortController()
  const signal = AbortSignal.any([delivery.signal, stop.signal])
  let next = 0
  let paced = 0
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const frame = frames[next++]
        if (frame === undefined) return controller.close()
        if (next > end) return finishEarly(controller, errorFrame, behavior, signal)
        if (frame.paced && paced++ > 0) await wait(behavior.chunkDelayMs, signal)
        controller.enqueue(encodeFrame(frame))
      },
      cancel() {
        stop.abort()
      },
    },
    { highWaterMark: 0 },
  )
  const headers = {
    ...delivery.headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  }
  return new Response(body, { headers })
}

/** How many frames are sent: all, or those up to the middle of the content. */
function endOf(frames: readonly Frame[], behavior: Behavior): number {
  if (behavior.ending === 'whole') return frames.length
  const content = frames.flatMap((frame, index) => (frame.paced ? [index] : []))
  return (content[Math.floor((content.length - 1) / 2)] ?? 0) + 1
}

async function finishEarly(
  controller: ReadableStreamDefaultController<Uint8Array>,
  errorFrame: Frame,
  behavior: Behavior,
  signal: AbortSignal,
): Promise<void> {
  if (behavior.ending === 'error-event') {
    controller.enqueue(encodeFrame(errorFrame))
    return controller.close()
  }
  await wait(behavior.ending === 'stalled' ? STALL_MS : BREAK_AFTER_MS, signal)
  controller.error(brokenOff())
}

function encodeFrame({ event, data }: Frame): Uint8Array {
  const line = data === '[DONE]' ? data : JSON.stringify(data)
  return encoder.encode(`${event === null ? '' : `event: ${event}\n`}data: ${line}\n\n`)
}

function brokenOff(): Error {
  return new Error('The sandbox broke the connection off, as its model name asked.')
}
