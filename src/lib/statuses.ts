/** Statuses for exchanges that no HTTP status describes, as the contract's data model has them (§6.1). */
export const STATUS_TIMEOUT = -2
export const STATUS_CLIENT_ABORT = -3
export const STATUS_STREAM_BROKEN = -100

/** HTTP statuses that come without a body (Fetch standard). */
export function isBodyless(status: number): boolean {
  return status === 204 || status === 304 || status === 101 || status === 205
}
