/** What the filter bar offers for what was typed so far. */
import type { Facets, FacetValue } from '../../../../src/contracts/api/requests.ts'
import { CACHE_STATUSES } from './cache-status.ts'
import { ANY_LIMIT, parseToken } from './filter.ts'
import type { Field, Token } from './filter.ts'

export type Suggestion =
  | { kind: 'field'; prefix: string; hint: string }
  | { kind: 'token'; token: Token; count: number | null }
  | { kind: 'text'; text: string }

type TokenSuggestion = Extract<Suggestion, { kind: 'token' }>

const FIXED_FIELDS = ['model', 'provider', 'status', 'user', 'session', 'cache'] as const
/** Whose limits have denied a call is not counted; that one has is what is mostly asked. */
const LIMITED: readonly TokenSuggestion[] = [
  {
    kind: 'token',
    token: { field: 'limited', key: null, value: ANY_LIMIT, excluded: false },
    count: null,
  },
]
const MOST_VALUES = 8
const MOST_MATCHES = 6

export const FIELD_HINTS: Readonly<Record<Field, string>> = {
  model: 'gpt-5, claude*',
  provider: 'openai, anthropic',
  status: '200, 4xx, error',
  user: 'who the call was made for',
  session: 'session id',
  cache: 'hit, miss, stale',
  limited: 'any, user:ann, organization',
  property: 'a custom property',
}

export function suggest(draft: string, facets: Facets | undefined): Suggestion[] {
  const text = draft.trim()
  const excluded = text.startsWith('-')
  const body = (excluded ? text.slice(1) : text).toLowerCase()
  const colon = body.indexOf(':')
  if (colon > 0) return suggestValues(text, body.slice(0, colon), body.slice(colon + 1), facets)
  const fields = fieldPrefixes(facets)
    .filter(({ prefix }) => prefix.startsWith(body))
    .map((field) => ({ ...field, prefix: `${excluded ? '-' : ''}${field.prefix}` }))
  if (body === '') return fields
  const values = allValues(facets)
    .filter(({ token }) => token.value.toLowerCase().includes(body))
    .slice(0, MOST_MATCHES)
    .map((item) => ({ ...item, token: { ...item.token, excluded } }))
  return [...(excluded ? [] : [{ kind: 'text' as const, text }]), ...fields, ...values]
}

function suggestValues(
  text: string,
  name: string,
  typed: string,
  facets: Facets | undefined,
): Suggestion[] {
  const excluded = text.startsWith('-')
  const own = parseToken(text)
  const values =
    name === 'cache' ? cacheValues(facets) : name === 'limited' ? LIMITED : allValues(facets)
  const known = values
    .filter(
      ({ token }) =>
        nameOf(token).toLowerCase() === name && token.value.toLowerCase().includes(typed),
    )
    .slice(0, MOST_VALUES)
    .map((item) => ({ ...item, token: { ...item.token, excluded } }))
  const isListed = known.some(({ token }) => token.value === own?.value)
  return [
    ...(own === null || isListed ? [] : [{ kind: 'token' as const, token: own, count: null }]),
    ...known,
  ]
}

/** All there are, seen or not: nobody has to know their names. */
function cacheValues(facets: Facets | undefined): TokenSuggestion[] {
  return CACHE_STATUSES.map((value) => {
    const seen = facets?.cache.find((facet) => facet.value === value)?.count ?? 0
    const token: Token = { field: 'cache', key: null, value, excluded: false }
    return { kind: 'token', token, count: facets === undefined ? null : seen }
  })
}

function fieldPrefixes(facets: Facets | undefined): Extract<Suggestion, { kind: 'field' }>[] {
  const fixed = [...FIXED_FIELDS, 'limited' as const].map((field) => ({
    kind: 'field' as const,
    prefix: `${field}:`,
    hint: FIELD_HINTS[field],
  }))
  const properties = (facets?.properties ?? []).map(({ key, values }) => ({
    kind: 'field' as const,
    prefix: `prop.${key}:`,
    hint: values
      .slice(0, 3)
      .map(({ value }) => value)
      .join(', '),
  }))
  return [...fixed, ...properties]
}

function allValues(facets: Facets | undefined): TokenSuggestion[] {
  if (facets === undefined) return []
  const fixed = FIXED_FIELDS.flatMap((field) =>
    facets[field].map((value) => suggestion(field, null, value)),
  )
  const properties = facets.properties.flatMap(({ key, values }) =>
    values.map((value) => suggestion('property', key, value)),
  )
  return [...fixed, ...properties]
}

function suggestion(field: Field, key: string | null, { value, count }: FacetValue) {
  return { kind: 'token' as const, token: { field, key, value, excluded: false }, count }
}

function nameOf(token: Token): string {
  return token.field === 'property' ? `prop.${token.key ?? ''}` : token.field
}
