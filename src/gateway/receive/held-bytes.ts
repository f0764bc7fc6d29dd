/**
 * What one request holds in memory so that a policy can compare, change or repeat its body. All requests of an isolate
 * share one budget, because hundreds of them share 128 MB: a body that finds no room streams through, and those policies
 * do not apply to it.
 */

const BUDGET_BYTES = 40 * 1024 * 1024
/** Small bodies are read whole anyway. */
const FREE_BYTES = 64 * 1024

let budgetLeft = BUDGET_BYTES

export class HeldBytes {
  private claimed = 0
  private free = FREE_BYTES

  /** False when there is no room for so many more. */
  claim(bytes: number): boolean {
    const counted = Math.max(0, bytes - this.free)
    if (counted > budgetLeft) return false
    this.free = Math.max(0, this.free - bytes)
    this.claimed += counted
    budgetLeft -= counted
    return true
  }

  /** Nobody will repeat the body any more. Safe to repeat. */
  release(): void {
    budgetLeft += this.claimed
    this.claimed = 0
  }
}
