/** The names that someone probably meant: by edit distance, for error messages. */

/** At most `count` of `candidates`, nearest first. */
export function nearest(name: string, candidates: readonly string[], count = 3): string[] {
  const wanted = name.slice(0, 64).toLowerCase()
  return candidates
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

function distanceOf(a: string, b: string): number {
  // A name that holds the other is nearer than spelling alone says: `tokens` means `total_tokens`.
  if (a !== '' && (b.includes(a) || a.includes(b))) return 1
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
