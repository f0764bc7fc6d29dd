/** Search parameters as people can read and edit them: `?f=model:gpt-5&f=status:5xx`, never JSON. */

export type RawSearch = Record<string, string | string[]>

export function parseSearch(text: string): RawSearch {
  const search: RawSearch = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const known = search[name]
    if (known === undefined) search[name] = value
    else search[name] = [...(Array.isArray(known) ? known : [known]), value]
  }
  return search
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue
    for (const item of Array.isArray(value) ? value : [value]) params.append(name, String(item))
  }
  // Colons and slashes are legal in a query, and filters are full of them.
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
  return text === '' ? '' : `?${text}`
}

/** One value, however often the parameter came. */
export function asText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? first : undefined
}

export function asTexts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === 'string' && item !== '') as string[]
}

/** A path of this site to go to after signing in; anything else, such as `//evil.example`, is the start page. */
export function safeNext(value: unknown): string {
  const text = asText(value)
  if (text === undefined || !text.startsWith('/') || /^\/[/\\]/.test(text)) return '/'
  return new URL(text, location.origin).origin === location.origin ? text : '/'
}
