/** A timer for silence that costs nothing per chunk: it wakes when silence would be too long, and looks how long it is. */

/**
 * Calls `onSilence` once, when it was silent for `limitMs`; `silentMs` tells how long it has been at the moment it is
 * asked. Answers the way to stop watching.
 */
export function watchSilence(
  limitMs: number,
  silentMs: () => number,
  onSilence: () => void,
): () => void {
  const look = (): void => {
    const left = limitMs - silentMs()
    if (left <= 0) onSilence()
    else timer = setTimeout(look, left)
  }
  let timer = setTimeout(look, limitMs)
  return () => clearTimeout(timer)
}
