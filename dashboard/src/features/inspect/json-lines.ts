/** A JSON value as the lines of a tree, so that only the visible ones are drawn. */

export interface JsonLine {
  /** Path from the root; also what is opened and closed. */
  path: string
  depth: number
  name: string | null
  /** A leaf's value, or the bracket of an object or array. */
  kind: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'
  text: string
  isOpen: boolean
  /** Number of children; 0 for leaves. */
  size: number
}

/** Deeper than this, and longer than this, a tree starts closed. */
const OPEN_DEPTH = 3
const OPEN_ITEMS = 40
/** No line is longer: a picture in base64 would be. */
const LINE_CHARACTERS = 2_000

/** `toggled` holds the paths that are not as they start out. */
export function jsonLines(root: unknown, toggled: ReadonlySet<string>): JsonLine[] {
  const lines: JsonLine[] = []
  const walk = (value: unknown, path: string, depth: number, name: string | null) => {
    if (typeof value !== 'object' || value === null) {
      lines.push({ path, depth, name, isOpen: false, size: 0, ...leafOf(value) })
      return
    }
    const children = Object.entries(value)
    const isArray = Array.isArray(value)
    const startsOpen = depth < OPEN_DEPTH && (children.length <= OPEN_ITEMS || depth === 0)
    const isOpen = children.length > 0 && startsOpen !== toggled.has(path)
    lines.push({
      path,
      depth,
      name,
      kind: isArray ? 'array' : 'object',
      text: isArray ? '[]' : '{}',
      isOpen,
      size: children.length,
    })
    if (!isOpen) return
    for (const [key, child] of children)
      walk(child, `${path}/${key.replaceAll('/', '~1')}`, depth + 1, key)
  }
  walk(root, '', 0, null)
  return lines
}

function leafOf(value: unknown): Pick<JsonLine, 'kind' | 'text'> {
  if (typeof value === 'string') return { kind: 'string', text: JSON.stringify(shorten(value)) }
  if (typeof value === 'number') return { kind: 'number', text: String(value) }
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value) }
  return { kind: 'null', text: 'null' }
}

function shorten(text: string): string {
  const data = /^data:([^;,]+)[;,]/.exec(text)
  if (data && text.length > 200) {
    return `data:${data[1] ?? ''}… ${Math.round((text.length * 3) / 4 / 1024).toLocaleString('en-US')} KB`
  }
  if (text.length <= LINE_CHARACTERS) return text
  return `${text.slice(0, LINE_CHARACTERS)}… ${text.length.toLocaleString('en-US')} characters`
}
