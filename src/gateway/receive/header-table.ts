/**
 * Every `Helicone-*` request header, in one table (contract §2.1, §2.2). Checked against docs/reference/headers.md.
 */

/**
 * `honoured` is read here; `policy` is read by a policy room; `planned` belongs to the contract, is accepted, and warns
 * that it has no effect.
 */
export interface HeaderSpec {
  name: string
  aliases?: readonly string[]
  state: 'honoured' | 'policy' | 'planned'
  summary: string
}

export const HEADERS = [
  { name: 'Helicone-Auth', state: 'honoured', summary: '`Bearer <key>`: who is calling.' },
  {
    name: 'Helicone-Request-Id',
    state: 'honoured',
    summary: 'UUID to use as the id of this request.',
  },
  { name: 'Helicone-User-Id', state: 'honoured', summary: 'Your user, for filters and limits.' },
  {
    name: 'Helicone-Property-*',
    state: 'honoured',
    summary: 'A custom property; the name is what follows.',
  },
  { name: 'Helicone-Session-Id', state: 'honoured', summary: 'Groups requests into a session.' },
  {
    name: 'Helicone-Session-Path',
    state: 'honoured',
    summary: 'Place in the session tree, `/parent/child`.',
  },
  { name: 'Helicone-Session-Name', state: 'honoured', summary: 'Name of the session.' },
  { name: 'Helicone-Request-Name', state: 'honoured', summary: 'Name of the request, filterable.' },
  {
    name: 'Helicone-Prompt-Id',
    state: 'honoured',
    summary: 'Prompt that this request belongs to.',
  },
  { name: 'Helicone-Prompt-Version', state: 'honoured', summary: 'Version of that prompt.' },
  {
    name: 'Helicone-Model-Override',
    state: 'honoured',
    summary: 'Model to file and price the request under.',
  },
  {
    name: 'Helicone-Omit-Request',
    state: 'honoured',
    summary: '`true`: the request body is not kept.',
  },
  {
    name: 'Helicone-Omit-Response',
    state: 'honoured',
    summary: '`true`: the response body is not kept.',
  },
  {
    name: 'Helicone-Target-URL',
    state: 'honoured',
    summary: 'Origin to call instead of a known provider.',
  },
  {
    name: 'Helicone-OpenAI-Api-Base',
    state: 'honoured',
    summary: 'Origin to call on the OpenAI surface, such as an Azure resource.',
  },
  {
    name: 'Helicone-Increase-Timeout',
    state: 'honoured',
    summary: '`true`: wait up to 30 minutes.',
  },
  {
    name: 'Helicone-Cache-Enabled',
    state: 'policy',
    summary: 'Read and save the response cache.',
  },
  { name: 'Helicone-Cache-Save', state: 'policy', summary: 'Only save to the response cache.' },
  { name: 'Helicone-Cache-Read', state: 'policy', summary: 'Only read from the response cache.' },
  {
    name: 'Helicone-Cache-Bucket-Max-Size',
    state: 'policy',
    summary: 'Responses kept per cache key.',
  },
  { name: 'Helicone-Cache-Seed', state: 'policy', summary: 'Separate key space of the cache.' },
  {
    name: 'Helicone-Cache-Ignore-Keys',
    state: 'policy',
    summary: 'Body keys left out of the cache key.',
  },
  {
    name: 'Helicone-Cache-Control',
    state: 'policy',
    summary: 'Alias of `Cache-Control` for the cache.',
  },
  {
    name: 'Helicone-RateLimit-Policy',
    aliases: ['Helicone-Rate-Limit-Policy'],
    state: 'policy',
    summary: 'Rate limit of this call.',
  },
  { name: 'Helicone-Retry-Enabled', state: 'policy', summary: 'Retry failed calls.' },
  { name: 'Helicone-Retry-Num', state: 'policy', summary: 'Total attempts.' },
  { name: 'Helicone-Retry-Factor', state: 'policy', summary: 'Growth of the wait.' },
  { name: 'Helicone-Retry-Min-Timeout', state: 'policy', summary: 'First wait, ms.' },
  { name: 'Helicone-Retry-Max-Timeout', state: 'policy', summary: 'Longest wait, ms.' },
  {
    name: 'Helicone-Fallbacks',
    aliases: ['Helicone-Fallback'],
    state: 'policy',
    summary: 'Other targets to try.',
  },
  {
    name: 'Helicone-Token-Limit-Exception-Handler',
    state: 'policy',
    summary: 'What to do when the prompt is too long.',
  },
  {
    name: 'Helicone-Timeout-Connect',
    state: 'policy',
    summary: 'Longest wait for response headers, ms.',
  },
  {
    name: 'Helicone-Timeout-First-Token',
    state: 'policy',
    summary: 'Longest wait for the first token, ms.',
  },
  {
    name: 'Helicone-Timeout-Idle',
    state: 'policy',
    summary: 'Longest silence between two chunks, ms.',
  },
  {
    name: 'Helicone-Timeout-Total',
    state: 'policy',
    summary: 'Longest duration of the whole call, ms.',
  },
  {
    name: 'Helicone-Prompt-Variables',
    state: 'planned',
    summary: 'Values for the variables of a stored prompt.',
  },
  { name: 'Helicone-Moderations-Enabled', state: 'planned', summary: 'Moderate the prompt.' },
  {
    name: 'Helicone-LLM-Security-Enabled',
    aliases: ['Helicone-Prompt-Security-Enabled'],
    state: 'planned',
    summary: 'Check the prompt for threats.',
  },
  {
    name: 'Helicone-Stream-Usage',
    state: 'policy',
    summary: '`true`: ask the provider for the usage of a stream.',
  },
] as const satisfies readonly HeaderSpec[]
