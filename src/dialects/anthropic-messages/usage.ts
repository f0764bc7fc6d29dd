/**
 * Usage of Anthropic's Messages. `input_tokens` excludes the cache there, so the canonical input is the sum of three.
 * A stream sends it in two parts: `message_start` knows what was read, `message_delta` what was written.
 */
import { asCount, asObject, asObjects, firstCount, sumKnown } from '../canonical/json.ts'
import type { JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

interface Counts {
  input: number | null
  output: number | null
  cacheRead: number | null
  write5m: number | null
  write1h: number | null
}

/** Null when the object holds no token count. */
export function readUsage(raw: JsonObject): Usage | null {
  const total = countsOf(raw)
  if (total.input === null && total.output === null) return null
  // The totals leave out what a compaction read and wrote, which is billed at the same price.
  const extra = asObjects(raw.iterations)
    .filter((iteration) => iteration.type === 'compaction')
    .map(countsOf)
  const sum = (key: keyof Counts): number | null =>
    sumKnown(total[key], ...extra.map((counts) => counts[key]))
  const [cacheReadTokens, write5m, write1h] = [sum('cacheRead'), sum('write5m'), sum('write1h')]
  return {
    ...EMPTY_USAGE,
    inputTokens: sumKnown(sum('input'), cacheReadTokens, write5m, write1h),
    outputTokens: sum('output'),
    cacheReadTokens,
    cacheWrite5mTokens: write5m,
    cacheWrite1hTokens: write1h,
    reasoningTokens: firstCount(
      asObject(raw.output_tokens_details),
      'thinking_tokens',
      'reasoning_tokens',
    ),
  }
}

/**
 * Joins the parts that a stream sends. A later part wins, but a zero does not erase what was read: some that copy this
 * dialect send the real input only at the start, some only at the end.
 */
export function mergeUsage(earlier: JsonObject, later: JsonObject): JsonObject {
  const merged = { ...earlier }
  for (const [key, value] of Object.entries(later)) {
    const erases = asCount(value) === 0 && key !== 'output_tokens' && asCount(merged[key]) !== null
    if (value !== null && value !== undefined && !erases) merged[key] = value
  }
  return merged
}

function countsOf(raw: JsonObject): Counts {
  const split = asObject(raw.cache_creation)
  const written = firstCount(raw, 'cache_creation_input_tokens')
  const write1h = firstCount(split, 'ephemeral_1h_input_tokens')
  const write5m = firstCount(split, 'ephemeral_5m_input_tokens')
  // Without the split all is taken as 5 minutes, the default; with half of it the rest is.
  const rest = written === null ? null : Math.max(0, written - (write1h ?? 0))
  return {
    input: firstCount(raw, 'input_tokens'),
    output: firstCount(raw, 'output_tokens'),
    cacheRead: firstCount(raw, 'cache_read_input_tokens'),
    write5m: write5m ?? rest,
    write1h,
  }
}
