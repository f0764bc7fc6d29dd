/** Does a live row belong to what is shown? The same tokens as the API's filter, decided here. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { ANY_LIMIT, groupTokens, RATE_LIMITED, statusTest } from './filter.ts'
import type { Token } from './filter.ts'

export interface Selection {
  tokens: readonly Token[]
  text: string
  /** Epoch ms; null is open. */
  from: number | null
  to: number | null
}

export function matchesSelection(row: RequestRow, selection: Selection): boolean {
  const at = Date.parse(row.request_created_at)
  if (selection.from !== null && at < selection.from) return false
  if (selection.to !== null && at > selection.to) return false
  const groups = groupTokens(selection.tokens)
  return groups.every((group) => matchesGroup(row, group)) && matchesText(row, selection.text)
}

function matchesGroup(row: RequestRow, group: readonly Token[]): boolean {
  return group[0]?.excluded === true
    ? group.every((token) => !matchesToken(row, token))
    : group.some((token) => matchesToken(row, token))
}

function matchesToken(row: RequestRow, token: Token): boolean {
  switch (token.field) {
    case 'model':
      return matchesValue(row.model, token)
    case 'provider':
      // The API compares providers without regard to case.
      return matchesValue(row.heliograph.provider.toLowerCase(), {
        ...token,
        value: token.value.toLowerCase(),
      })
    case 'user':
      return matchesValue(row.request_user_id, token)
    case 'session':
      return matchesValue(row.heliograph.session_id, token)
    case 'cache':
      return matchesValue(row.heliograph.cache_status, token)
    case 'limited':
      return isLimited(row, token.value)
    case 'property':
      return matchesValue(propertyOf(row, token.key ?? ''), token)
    case 'status': {
      const test = statusTest(token.value)
      if (test === null) return false
      if ('isSuccess' in test) return (row.heliograph.outcome === 'success') === test.isSuccess
      return row.response_status >= test.from && row.response_status <= test.to
    }
  }
}

function matchesValue(value: string | null, token: Token): boolean {
  if (value === null) return false
  const wanted = token.value
  const inner = wanted.replace(/^\*+|\*+$/g, '')
  if (inner === wanted) return value === wanted
  if (token.excluded) return value.toLowerCase().includes(inner.toLowerCase())
  const pattern = wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${pattern}$`, 'is').test(value)
}

function isLimited({ heliograph: { error_code: code, limits } }: RequestRow, by: string): boolean {
  if (code !== RATE_LIMITED) return false
  return by === ANY_LIMIT || limits.some(({ denied, segment }) => denied && segment === by)
}

function matchesText(row: RequestRow, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  const { request_preview: request, response_preview: response } = row.heliograph
  return [request, response, row.request_id].some((place) => place?.toLowerCase().includes(wanted))
}

/** Names come from HTTP headers, which know no case. */
function propertyOf(row: RequestRow, key: string): string | null {
  const wanted = key.toLowerCase()
  return Object.entries(row.properties).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null
}
