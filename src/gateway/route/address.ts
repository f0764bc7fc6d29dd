/**
 * Which network addresses a caller may send us to. Everything that is not public is refused: loopback, private,
 * link-local, metadata services and reserved ranges, in every spelling that URL parsing folds into an address.
 * Names that resolve to private addresses are the platform's to refuse (`global_fetch_strictly_public`).
 */

const PRIVATE_SUFFIXES = [
  '.localhost',
  '.local',
  '.internal',
  '.lan',
  '.home',
  '.corp',
  '.home.arpa',
  '.intranet',
  '.test',
  '.invalid',
  '.onion',
]

/** [network, prefix length]: IPv4 ranges that are not public (RFC 6890 and successors). */
const PRIVATE_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** True when `hostname` (as `URL.hostname` gives it) is not a public place. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, '')
  if (host.startsWith('[')) return isPrivateV6(host.slice(1, -1))
  const v4 = parseV4(host)
  if (v4 !== null) return isPrivateV4(v4)
  // A single label (`localhost`, a container's name) only ever resolves inside somebody's network.
  if (!host.includes('.')) return true
  return PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix))
}

function parseV4(host: string): number | null {
  const parts = host.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return null
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

function isPrivateV4(address: number): boolean {
  return PRIVATE_V4.some(([network, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor((parseV4(network) ?? 0) / size)
  })
}

function isPrivateV6(text: string): boolean {
  const groups = parseV6(text)
  if (groups === null) return true
  const [a = 0, b = 0] = groups
  const isEmbedding = groups.slice(0, 5).every((group) => group === 0)
  // ::, ::1, IPv4-compatible and IPv4-mapped forms all begin with zeros; nothing public does.
  if (isEmbedding) {
    const mapped = groups[5] === 0xffff
    return mapped ? isPrivateV4(embedded(groups, 6)) : true
  }
  if (a === 0x64 && b === 0xff9b) return true // NAT64 reaches IPv4 behind the translator
  if (a === 0x2002) return true // 6to4
  if (a === 0x2001 && (b === 0 || b === 0xdb8)) return true // Teredo, documentation
  return (a & 0xe000) !== 0x2000 // only 2000::/3 is global unicast
}

function embedded(groups: number[], at: number): number {
  return (groups[at] ?? 0) * 65_536 + (groups[at + 1] ?? 0)
}

function parseV6(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 0) return null
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  const numbers = groups.map((group) =>
    /^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : NaN,
  )
  return numbers.some(Number.isNaN) ? null : numbers
}
