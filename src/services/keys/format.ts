/** The shape of API keys (contract §2.1): prefix and four groups of seven lower-case letters and digits. */

const PATTERN = /^([sp])k-helicone-(?:(?:eu|rl|cp)-)?(?:[a-z0-9]{7}-){3}[a-z0-9]{7}$/
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const GROUPS = 4
const GROUP_LENGTH = 7
/** Bytes from here on would make some letters likelier than others. */
const UNBIASED_BELOW = 256 - (256 % ALPHABET.length)

export function isKey(text: string): boolean {
  return PATTERN.test(text)
}

/** A new key; 28 characters of 36 hold 144 random bits. */
export function makeKey(permissions: 'rw' | 'w'): string {
  const groups = Array.from({ length: GROUPS }, () => randomText(GROUP_LENGTH))
  return `${permissions === 'rw' ? 'sk' : 'pk'}-helicone-${groups.join('-')}`
}

/** Enough for a person to recognise a key by, too little to guess it from. */
export function hintOf(key: string): string {
  return `${key.slice(0, 'sk-helicone-'.length + 3)}…${key.slice(-4)}`
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < UNBIASED_BELOW && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
