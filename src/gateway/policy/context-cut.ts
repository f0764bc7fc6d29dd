/** Ways to make texts shorter: `truncate` and `middle-out` of contract §2.7. Lengths are UTF-16 units; no character is halved. */

/** Stands where text was taken out; never empty, because providers refuse empty texts. */
export const OMISSION = '…'

/** Estimates are rough: what is cut is cut a little shorter than the budget asks for. */
const SAFETY = 0.9

/** Whitespace that says nothing: ends of lines, runs of blanks within them, more than one empty line. */
export function normalize(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/(?<![ \t])[ \t]+$/gm, '')
    .replace(/(?<=\S)[ \t]{2,}(?=\S)/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Normalised; when that is not enough, every text loses its end, each in proportion to its length. */
export function truncateAll(texts: readonly string[], budget: number): string[] {
  const normalized = texts.map((text) => normalize(text) || OMISSION)
  const total = sumOfLengths(normalized)
  if (total <= budget) return normalized
  const ratio = (SAFETY * Math.max(0, budget)) / total
  return normalized.map((text) => head(text, Math.floor(text.length * ratio)) || OMISSION)
}

/** The beginning and the end of the whole conversation stay; what is in its middle goes. */
export function cutMiddle(texts: readonly string[], budget: number): string[] {
  // Each text may need a sign that something is missing.
  const room = Math.max(0, budget - texts.length * OMISSION.length)
  const total = sumOfLengths(texts)
  if (total <= budget) return [...texts]
  const firstCut = Math.ceil(room / 2)
  const lastCut = total - Math.floor(room / 2)
  let start = 0
  return texts.map((text) => {
    const kept = keepOutside(text, firstCut - start, lastCut - start)
    start += text.length
    return kept
  })
}

/** `text` without what lies from `from` to `to`, positions relative to its start, in or beyond it. */
function keepOutside(text: string, from: number, to: number): string {
  if (from >= text.length || to <= 0) return text
  const before = from > 0 ? head(text, from) : ''
  const after = to < text.length ? tail(text, text.length - to) : ''
  return before + OMISSION + after
}

function head(text: string, length: number): string {
  const isHalved = isLowSurrogate(text, length) && length > 0
  return text.slice(0, isHalved ? length - 1 : length)
}

function tail(text: string, length: number): string {
  const from = text.length - length
  return text.slice(isLowSurrogate(text, from) ? from + 1 : from)
}

/** True when a cut before this position would go through a pair. */
function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  const before = text.charCodeAt(at - 1)
  return unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff
}

function sumOfLengths(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
