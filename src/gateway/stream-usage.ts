/**
 * `Helicone-Stream-Usage: true` asks an OpenAI-compatible provider for the usage at the end of a stream, which it leaves
 * out otherwise: without it nobody knows what the stream cost. The client gets one more event.
 */
import type { Dialect } from '../dialects/canonical/summary.ts'
import { asObject } from '../dialects/canonical/json.ts'

const DIALECTS: ReadonlySet<Dialect> = new Set(['openai-chat', 'openai-completions'])

/** The body with the question in it; the same bytes where there is nothing to ask. */
export function askForUsage(dialect: Dialect, bytes: Uint8Array): Uint8Array {
  if (!DIALECTS.has(dialect)) return bytes
  try {
    const body = asObject(
      JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)),
    )
    if (body?.['stream'] !== true) return bytes
    const options = asObject(body['stream_options']) ?? {}
    if (options['include_usage'] !== undefined) return bytes
    const asked = { ...body, stream_options: { ...options, include_usage: true } }
    return new TextEncoder().encode(JSON.stringify(asked))
  } catch {
    // No JSON: the provider will say so.
    return bytes
  }
}
