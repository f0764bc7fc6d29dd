/** One call that asks for the cache, in the languages that most people use. Sent twice, the second is a hit. */
import type { SessionInfo } from '../../../../src/contracts/api/session.ts'

export interface CacheSnippet {
  value: 'curl' | 'typescript' | 'python'
  label: string
  code: string
}

export function cacheSnippets({ gatewayUrl, snippetKey, sandbox }: SessionInfo): CacheSnippet[] {
  const key = snippetKey ?? 'YOUR_HELIOGRAPH_KEY'
  const own = sandbox ? 'sk-sandbox' : 'YOUR_OPENAI_KEY'
  const model = sandbox ? 'sandbox-mini' : 'gpt-5-mini'
  return [
    {
      value: 'curl',
      label: 'curl',
      code: `curl ${gatewayUrl}/v1/chat/completions \\
  -H "Authorization: Bearer ${own}" \\
  -H "Helicone-Auth: Bearer ${key}" \\
  -H "Helicone-Cache-Enabled: true" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${model}",
    "messages": [{"role": "user", "content": "Say hello"}]
  }'`,
    },
    {
      value: 'typescript',
      label: 'OpenAI · TS',
      code: `const client = new OpenAI({
  apiKey: '${own}',
  baseURL: '${gatewayUrl}/v1',
  defaultHeaders: {
    'Helicone-Auth': 'Bearer ${key}',
    'Helicone-Cache-Enabled': 'true',
  },
})`,
    },
    {
      value: 'python',
      label: 'OpenAI · Python',
      code: `client = OpenAI(
    api_key="${own}",
    base_url="${gatewayUrl}/v1",
    default_headers={
        "Helicone-Auth": "Bearer ${key}",
        "Helicone-Cache-Enabled": "true",
    },
)`,
    },
  ]
}
