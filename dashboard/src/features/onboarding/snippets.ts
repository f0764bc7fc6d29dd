/** The quick start in every language. Each snippet is complete: paste it, run it, see the request. */

export interface SnippetInput {
  gatewayUrl: string
  /** null: the reader has to fill in a key of their own. */
  heliographKey: string | null
  /** The built-in provider answers; no provider key is needed. */
  sandbox: boolean
}

export interface Snippet {
  id: string
  label: string
  /** How to get what the code needs. */
  install: string | null
  code: string
}

const OWN_KEY = 'YOUR_HELIOGRAPH_KEY'
const SANDBOX_KEY = 'sk-sandbox'

interface Parts {
  url: string
  key: string
  openAiKey: string
  anthropicKey: string
  openAiModel: string
  anthropicModel: string
}

export function makeSnippets(input: SnippetInput): Snippet[] {
  const parts: Parts = {
    url: input.gatewayUrl,
    key: input.heliographKey ?? OWN_KEY,
    openAiKey: input.sandbox ? SANDBOX_KEY : 'YOUR_OPENAI_KEY',
    anthropicKey: input.sandbox ? SANDBOX_KEY : 'YOUR_ANTHROPIC_KEY',
    openAiModel: input.sandbox ? 'sandbox-mini' : 'gpt-5-mini',
    anthropicModel: input.sandbox ? 'sandbox-mini' : 'claude-sonnet-4-5',
  }
  return [
    curl(parts),
    ...openAi(parts),
    ...anthropic(parts),
    aiSdk(parts),
    langChain(parts),
    claudeCode(parts),
  ]
}

function curl(p: Parts): Snippet {
  return {
    id: 'curl',
    label: 'curl',
    install: null,
    code: `curl ${p.url}/v1/chat/completions \\
  -H "Authorization: Bearer ${p.openAiKey}" \\
  -H "Helicone-Auth: Bearer ${p.key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${p.openAiModel}",
    "messages": [{"role": "user", "content": "Say hello"}]
  }'`,
  }
}

function openAi(p: Parts): Snippet[] {
  return [
    {
      id: 'openai-ts',
      label: 'OpenAI · TS',
      install: 'npm install openai',
      code: `import OpenAI from 'openai'

const client = new OpenAI({
  apiKey: '${p.openAiKey}',
  baseURL: '${p.url}/v1',
  defaultHeaders: { 'Helicone-Auth': 'Bearer ${p.key}' },
})

const completion = await client.chat.completions.create({
  model: '${p.openAiModel}',
  messages: [{ role: 'user', content: 'Say hello' }],
})
console.log(completion.choices[0]?.message.content)`,
    },
    {
      id: 'openai-py',
      label: 'OpenAI · Python',
      install: 'pip install openai',
      code: `from openai import OpenAI

client = OpenAI(
    api_key="${p.openAiKey}",
    base_url="${p.url}/v1",
    default_headers={"Helicone-Auth": "Bearer ${p.key}"},
)

completion = client.chat.completions.create(
    model="${p.openAiModel}",
    messages=[{"role": "user", "content": "Say hello"}],
)
print(completion.choices[0].message.content)`,
    },
  ]
}

function anthropic(p: Parts): Snippet[] {
  return [
    {
      id: 'anthropic-ts',
      label: 'Anthropic · TS',
      install: 'npm install @anthropic-ai/sdk',
      code: `import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({
  apiKey: '${p.anthropicKey}',
  baseURL: '${p.url}/anthropic',
  defaultHeaders: { 'Helicone-Auth': 'Bearer ${p.key}' },
})

const message = await client.messages.create({
  model: '${p.anthropicModel}',
  max_tokens: 256,
  messages: [{ role: 'user', content: 'Say hello' }],
})
console.log(message.content)`,
    },
    {
      id: 'anthropic-py',
      label: 'Anthropic · Python',
      install: 'pip install anthropic',
      code: `from anthropic import Anthropic

client = Anthropic(
    api_key="${p.anthropicKey}",
    base_url="${p.url}/anthropic",
    default_headers={"Helicone-Auth": "Bearer ${p.key}"},
)

message = client.messages.create(
    model="${p.anthropicModel}",
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(message.content)`,
    },
  ]
}

function aiSdk(p: Parts): Snippet {
  return {
    id: 'ai-sdk',
    label: 'AI SDK',
    install: 'npm install ai @ai-sdk/openai',
    code: `import { createOpenAI } from '@ai-sdk/openai'
import { generateText } from 'ai'

const openai = createOpenAI({
  apiKey: '${p.openAiKey}',
  baseURL: '${p.url}/v1',
  headers: { 'Helicone-Auth': 'Bearer ${p.key}' },
})

const { text } = await generateText({
  model: openai.chat('${p.openAiModel}'),
  prompt: 'Say hello',
})
console.log(text)`,
  }
}

function langChain(p: Parts): Snippet {
  return {
    id: 'langchain',
    label: 'LangChain',
    install: 'pip install langchain-openai',
    code: `from langchain_openai import ChatOpenAI

llm = ChatOpenAI(
    model="${p.openAiModel}",
    api_key="${p.openAiKey}",
    base_url="${p.url}/v1",
    default_headers={"Helicone-Auth": "Bearer ${p.key}"},
)

print(llm.invoke("Say hello").content)`,
  }
}

function claudeCode(p: Parts): Snippet {
  return {
    id: 'claude-code',
    label: 'Claude Code',
    install: null,
    code: `export ANTHROPIC_BASE_URL="${p.url}/anthropic"
export ANTHROPIC_API_KEY="${p.anthropicKey}"
export ANTHROPIC_CUSTOM_HEADERS="Helicone-Auth: Bearer ${p.key}"${
      p.anthropicKey === SANDBOX_KEY ? `\nexport ANTHROPIC_MODEL="${p.anthropicModel}"` : ''
    }
claude -p "Say hello"`,
  }
}
