/**
 * Tests, scripts and bench run in Node and import the Worker's code, so both platforms' types are loaded. They differ on
 * one point: Node's iterators are disposable.
 */
interface IterableIterator<T> {
  [Symbol.dispose](): void
}
