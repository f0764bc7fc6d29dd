/** UUIDv7 ids: time-ordered, so that a primary key is also the time index (RFC 9562 §5.7). */
import { V7Generator } from 'uuidv7'

// Made at first use: Workers forbid randomness at module scope.
let generator: V7Generator | null = null

/** A new id whose time prefix is `at` (epoch ms). */
export function uuidv7At(at: number): string {
  generator ??= new V7Generator()
  return generator.generateOrResetWithTs(at).toString()
}

/** The smallest id of the millisecond `at`: a bound for time ranges over ids. */
export function uuidv7Floor(at: number): string {
  const time = Math.max(0, Math.trunc(at)).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7000-8000-000000000000`
}
