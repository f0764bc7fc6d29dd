/**
 * The providers that a host label or a path prefix leads to (contract §1.1), and the names of well-known hosts (§1.3).
 * `sandbox` is built in and never leaves the Worker.
 */
import type { Provider } from './provider.ts'

export type { Provider } from './provider.ts'

export const SANDBOX: Provider = {
  id: 'sandbox',
  labels: [],
  baseUrl: 'https://sandbox.invalid',
  hosts: [],
}

export const OPENAI: Provider = {
  id: 'openai',
  labels: ['oai'],
  baseUrl: 'https://api.openai.com',
  hosts: ['api.openai.com', 'us.api.openai.com', 'eu.api.openai.com'],
}

export const ANTHROPIC: Provider = {
  id: 'anthropic',
  labels: [],
  baseUrl: 'https://api.anthropic.com',
  hosts: ['api.anthropic.com'],
}

export const BEDROCK: Provider = {
  id: 'bedrock',
  labels: [],
  baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  hosts: ['.amazonaws.com'],
}

const PROVIDERS: readonly Provider[] = [
  SANDBOX,
  OPENAI,
  ANTHROPIC,
  BEDROCK,
  provider('vercel', 'https://ai-gateway.vercel.sh'),
  provider('together', 'https://api.together.xyz', { hosts: ['api.together.ai'] }),
  provider('google', 'https://generativelanguage.googleapis.com', {
    labels: ['gemini'],
    hosts: ['.googleapis.com'],
  }),
  provider('llama', 'https://api.llama.com'),
  provider('nvidia', 'https://integrate.api.nvidia.com'),
  provider('openrouter', 'https://openrouter.ai', { hosts: ['api.openrouter.ai'] }),
  provider('deepinfra', 'https://api.deepinfra.com'),
  provider('groq', 'https://api.groq.com'),
  provider('perplexity', 'https://api.perplexity.ai'),
  provider('hyperbolic', 'https://api.hyperbolic.xyz'),
  provider('cerebras', 'https://api.cerebras.ai'),
  provider('mistral', 'https://api.mistral.ai'),
  provider('fireworks', 'https://api.fireworks.ai'),
  provider('predibase', 'https://api.app.predibase.com'),
  provider('qstash', 'https://qstash.upstash.io'),
  provider('x', 'https://api.x.ai', { labels: ['xai'] }),
  provider('deepseek', 'https://api.deepseek.com'),
  provider('nebius', 'https://api.tokenfactory.nebius.com'),
  provider('novita', 'https://api.novita.ai'),
  provider('firecrawl', 'https://api.firecrawl.dev'),
  provider('cohere', 'https://api.cohere.com', { hosts: ['api.cohere.ai'] }),
]

/** Names for targets that callers bring themselves; no path prefix leads to these. */
const TARGET_HOSTS: readonly (readonly [host: string, id: string])[] = [
  ['.openai.azure.com', 'azure'],
  ['.azure-api.net', 'azure'],
  ['.cognitiveservices.azure.com', 'azure'],
  ['.services.ai.azure.com', 'azure'],
  ['api.endpoints.anyscale.com', 'anyscale'],
  ['gateway.ai.cloudflare.com', 'cloudflare'],
  ['api.lemonfox.ai', 'lemonfox'],
  ['api.avian.io', 'avian'],
  ['api.openpipe.ai', 'openpipe'],
  ['.chutes.ai', 'chutes'],
  ['inference.canopywave.io', 'canopywave'],
]

const BY_LABEL: ReadonlyMap<string, Provider> = new Map(
  PROVIDERS.flatMap((entry) => [entry.id, ...entry.labels].map((label) => [label, entry] as const)),
)

const EXACT_HOSTS = new Map<string, string>()
const SUFFIX_HOSTS: (readonly [suffix: string, id: string])[] = []
for (const [host, id] of [
  ...TARGET_HOSTS,
  ...PROVIDERS.flatMap((entry) => entry.hosts.map((host) => [host, entry.id] as const)),
]) {
  if (host.startsWith('.')) SUFFIX_HOSTS.push([host, id])
  else EXACT_HOSTS.set(host, id)
}

/** The provider that a host's first label or a path's first segment names, or null. */
export function providerByLabel(label: string): Provider | null {
  return BY_LABEL.get(label) ?? null
}

/** The id to record for a target host: a known provider's, else the host itself. */
export function providerIdOfHost(host: string): string {
  const exact = EXACT_HOSTS.get(host)
  if (exact) return exact
  return SUFFIX_HOSTS.find(([suffix]) => host.endsWith(suffix))?.[1] ?? host
}

/** All ids and labels, for documents and tests. */
export function providerLabels(): string[] {
  return [...BY_LABEL.keys()]
}

function provider(
  id: string,
  baseUrl: string,
  more: { labels?: readonly string[]; hosts?: readonly string[] } = {},
): Provider {
  const host = new URL(baseUrl).hostname
  return { id, baseUrl, labels: more.labels ?? [], hosts: [host, ...(more.hosts ?? [])] }
}
