/** Tokens and their hashes. What is stored is always the SHA-256 in hex of what was handed out. */

const encoder = new TextEncoder()

export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** 256 random bits in hex. */
export function randomToken(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(32)))
}
