/** Comparison that takes as long for a nearly right token as for a wrong one. */

const encoder = new TextEncoder()

export function isSameToken(presented: string, expected: string): boolean {
  const a = encoder.encode(presented)
  const b = encoder.encode(expected)
  // Lengths are no secret; the comparison itself needs equal ones.
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b)
}
