/** Work that may be repeated: one bad connection must not cost its effect. */

const AGAIN_MS = 1_000

/** Rejects with what the second try rejects with. */
export async function twice(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    await work()
  }
}
