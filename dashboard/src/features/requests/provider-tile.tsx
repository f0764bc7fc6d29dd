/** A provider as a small tile: its first letter in a colour that is always the same for the name. */

const NAMES: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  azure: 'Azure',
  bedrock: 'Bedrock',
  groq: 'Groq',
  mistral: 'Mistral',
  deepseek: 'DeepSeek',
  openrouter: 'OpenRouter',
  together: 'Together',
  fireworks: 'Fireworks',
  x: 'xAI',
  sandbox: 'Sandbox',
  perplexity: 'Perplexity',
  cohere: 'Cohere',
}

/** Tinted grounds with ink of the same hue; readable in both themes. */
const TINTS = [
  'bg-info-wash text-info-ink',
  'bg-violet-wash text-violet-ink',
  'bg-ok-wash text-ok-ink',
  'bg-accent-wash text-accent-ink',
  'bg-bad-wash text-bad-ink',
  'bg-active text-muted',
]
const FIXED: Readonly<Record<string, number>> = {
  openai: 2,
  anthropic: 3,
  google: 0,
  azure: 0,
  bedrock: 3,
  groq: 4,
  sandbox: 5,
}

export function providerName(provider: string): string {
  return NAMES[provider] ?? provider
}

export function ProviderTile({ provider }: { provider: string }) {
  const tint = TINTS[FIXED[provider] ?? hash(provider) % TINTS.length] ?? ''
  return (
    <span
      aria-hidden="true"
      title={providerName(provider)}
      className={`inline-flex size-4 shrink-0 items-center justify-center rounded-sm text-[10px] leading-none font-semibold ${tint}`}
    >
      {providerName(provider).slice(0, 1).toUpperCase()}
    </span>
  )
}

function hash(text: string): number {
  let value = 0
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return value
}
