/** UUIDv7 ids: time-ordered, so that a primary key is also the time index (RFC 9562 §5.7). */

/** A new id whose time prefix is `at` (epoch ms); ids of one millisecond are in no order. */
export function uuidv7At(at: number): string {
  const time = timeOf(at)
  // A random UUID has its variant where this one has it; its version digit is the one before what is kept.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}

/** The smallest id of the millisecond `at`: a bound for time ranges over ids. */
export function uuidv7Floor(at: number): string {
  const time = timeOf(at)
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}

/** 48 bits in hexadecimal. */
function timeOf(at: number): string {
  return Math.max(0, Math.trunc(at)).toString(16).padStart(12, '0')
}
