/**
 * Which price list a call is looked up in: our provider ids to those of genai-prices, and the models that may be priced
 * without a known provider. Data only; no import of the price data itself.
 */

/** Every provider whose list is known. A provider that is absent has no list of its own. */
const LISTS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  arcee: 'arcee',
  avian: 'avian',
  aws: 'aws',
  'amazon-bedrock': 'aws',
  bedrock: 'aws',
  azure: 'azure',
  'azure-openai': 'azure',
  'azure-ai': 'azure',
  baseten: 'baseten',
  cerebras: 'cerebras',
  cloudflare: 'cloudflare',
  'workers-ai': 'cloudflare',
  cohere: 'cohere',
  deepseek: 'deepseek',
  fireworks: 'fireworks',
  'fireworks-ai': 'fireworks',
  google: 'google',
  gemini: 'google',
  'google-ai-studio': 'google',
  'google-vertex': 'google',
  vertex: 'google',
  groq: 'groq',
  minimax: 'minimax',
  mistral: 'mistral',
  moonshot: 'moonshotai',
  moonshotai: 'moonshotai',
  novita: 'novita',
  openai: 'openai',
  openrouter: 'openrouter',
  ovhcloud: 'ovhcloud',
  perplexity: 'perplexity',
  together: 'together',
  'together-ai': 'together',
  togetherai: 'together',
  voyage: 'voyageai',
  voyageai: 'voyageai',
  x: 'x-ai',
  'x-ai': 'x-ai',
  xai: 'x-ai',
  zai: 'zai',
  zhipuai: 'zhipuai',
}

/**
 * Models that only their maker sells, so that the maker's list is right (or the closest there is) behind any host.
 * Open-weight models are absent on purpose: what they cost depends on who runs them.
 */
const MAKERS: readonly (readonly [model: RegExp, list: string])[] = [
  [/^(?:gpt-(?!oss|neo|j-|2)|o[134](?:$|-)|chatgpt-|text-embedding-(?:3|ada))/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'google'],
  [/^grok-[2-9]/, 'x-ai'],
]

export interface ListedModel {
  list: string
  model: string
}

/** The list and the model's name in it, or null when no list can be trusted for this pair. */
export function listedModel(provider: string, model: string): ListedModel | null {
  const list = LISTS[provider.toLowerCase()]
  const bare = bareName(model)
  // Cloudflare's gateway resells others beside its own `@cf/` models.
  const resold = list === 'cloudflare' && !bare.startsWith('@cf/')
  if (list !== undefined && !resold) return { list, model: bare }
  const name = bare.slice(bare.lastIndexOf('/') + 1)
  const maker = MAKERS.find(([pattern]) => pattern.test(name))
  return maker ? { list: maker[1], model: name } : null
}

/** Without what surrounds a name: an ARN's path (Bedrock), a resource path (Vertex), `models/` (Gemini). */
function bareName(model: string): string {
  const name = model.trim().toLowerCase()
  const isResource = name.startsWith('arn:') || /^(?:projects|publishers|models)\//.test(name)
  return isResource ? name.slice(name.lastIndexOf('/') + 1) : name
}
