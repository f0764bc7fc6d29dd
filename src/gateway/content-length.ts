/** The value of `Content-Length` as a whole number of bytes; null when nobody said, or said something else. */
export function contentLength(value: string | null | undefined): number | null {
  return value !== null && value !== undefined && /^\d+$/.test(value) ? Number(value) : null
}
