/** Bounded concurrency: a Worker may wait for six connections at once, and holds everything in 128 MB. */

/** Maps in order with at most `limit` calls under way. The first rejection rejects all; no further call is started. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  let isBroken = false
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (isBroken) return
      try {
        results[index] = await map(item)
      } catch (error) {
        isBroken = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
