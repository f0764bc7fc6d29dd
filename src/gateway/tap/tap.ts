/**
 * Lets the provider's bytes through untouched while a bounded copy and the timing of their passing are taken. Never
 * `tee()`: it hides the client's going away and reads the provider to its end. Every way in which the flow can end is
 * told apart: complete, client gone (which closes the provider's socket), provider broke off, provider fell silent.
 */
import type { CallWatch } from '../dispatch/watch.ts'
import { elapsed } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import { pump } from '../pump.ts'
import type { PumpEnd } from '../pump.ts'
import { watchLeaving } from './leaving.ts'
import { watchSilence } from './silence.ts'

export type FlowEnd = 'complete' | 'client_abort' | 'stream_broken' | 'timeout'

/** Events are small and hundreds of streams are open at once; a file is one body and large. */
const EVENT_BUFFER_BYTES = 8 * 1024
const BULK_BUFFER_BYTES = 64 * 1024

export interface TapOptions {
  /** Exact size of the body when it is known. */
  length: number | null
  isEventStream: boolean
  /** The last bytes of a stream that a timer ends; null when its format can carry no error. */
  lastWord: (() => Uint8Array) | null
}

/** The stream for the client; `onEnd` is called exactly once. */
export function tapBody(
  source: ReadableStream<Uint8Array>,
  exchange: Exchange,
  options: TapOptions,
  onEnd: (end: FlowEnd) => void,
): ReadableStream<Uint8Array> {
  const { responseBody, request, lead, watch } = exchange
  const leaving = watchLeaving(exchange)
  let isOver = false
  const end = (how: FlowEnd): void => {
    if (isOver) return
    isOver = true
    stopWatching()
    leaving?.forget()
    watch?.stop()
    onEnd(how)
  }
  const { readable, abort, finishWith, silentMs } = pump(source, {
    length: options.length,
    bufferBytes: options.isEventStream ? EVENT_BUFFER_BYTES : BULK_BUFFER_BYTES,
    onPart: (part) => {
      passed(exchange)
      // What others wait for too is kept where it is read, which may be long before this client takes it.
      if (lead === null) responseBody.add(part)
    },
    onEnd: (how) => end(flowEnd(how, request)),
  })
  const stopWatching = watchFlow(exchange, silentMs, () => {
    end('timeout')
    if (options.lastWord === null) abort(new Error(`the ${exchange.timer} timer fired`))
    else finishWith(options.lastWord())
  })
  const leave = async (over: CallWatch['over']): Promise<void> => {
    if ((await over) !== 'gone' || isOver) return
    end('client_abort')
    abort(new Error('the client left'))
  }
  // A stream may be silent for minutes, and then no write tells who left.
  if (leaving !== null) void leave(leaving.gone)
  else if (watch !== null) void leave(watch.over)
  return readable
}

/**
 * Watches the idle and the total timer; names the one that fired in the exchange. Answers the way to stop. While the
 * client does not take what is there, the provider's silence is the client's.
 */
function watchFlow(exchange: Exchange, silentMs: () => number, onExpiry: () => void): () => void {
  const { time } = exchange
  const startedAtMs = elapsed(exchange)
  const expire = (name: 'idle' | 'total'): void => {
    stop()
    exchange.timer = name
    onExpiry()
  }
  const stopSilence = watchSilence(time.idleMs, silentMs, () => expire('idle'))
  const total =
    time.totalMs === null
      ? null
      : setTimeout(() => expire('total'), Math.max(0, time.totalMs - startedAtMs))
  const stop = (): void => {
    stopSilence()
    if (total !== null) clearTimeout(total)
  }
  return stop
}

function flowEnd(end: PumpEnd, request: Request): FlowEnd {
  if (end === 'complete') return 'complete'
  return end === 'taker_gone' || request.signal.aborted ? 'client_abort' : 'stream_broken'
}

/** Takes the time of a part. */
function passed({ flow, startedClock }: Exchange): void {
  const now = performance.now() - startedClock
  if (flow.lastByteMs === null) {
    flow.firstByteMs = now
  } else if (now - flow.lastByteMs > (flow.maxGapMs ?? 0)) {
    flow.maxGapMs = now - flow.lastByteMs
  }
  flow.lastByteMs = now
  flow.chunks += 1
}
