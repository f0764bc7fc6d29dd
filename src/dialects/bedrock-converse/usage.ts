/** Usage of Bedrock's Converse: `inputTokens` excludes the cache, so the canonical input is the sum of three. */
import { asObjects, firstCount, sumKnown, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count. */
export function readUsage(raw: JsonObject): Usage | null {
  const input = firstCount(raw, 'inputTokens')
  const outputTokens = firstCount(raw, 'outputTokens')
  if (input === null && outputTokens === null) return null
  const cacheReadTokens = firstCount(raw, 'cacheReadInputTokens', 'cacheReadInputTokenCount')
  const written = firstCount(raw, 'cacheWriteInputTokens', 'cacheWriteInputTokenCount')
  const write1h = writtenFor(raw, '1h')
  const write5m = written === null ? writtenFor(raw, '5m') : Math.max(0, written - (write1h ?? 0))
  return {
    ...EMPTY_USAGE,
    inputTokens: sumKnown(input, cacheReadTokens, write5m, write1h),
    outputTokens,
    cacheReadTokens,
    cacheWrite5mTokens: write5m,
    cacheWrite1hTokens: write1h,
  }
}

function writtenFor(raw: JsonObject, ttl: string): number | null {
  const entries = asObjects(raw.cacheDetails).filter((entry) => entry.ttl === ttl)
  return sumKnown(...entries.map((entry) => firstCount(entry, 'inputTokens')))
}
