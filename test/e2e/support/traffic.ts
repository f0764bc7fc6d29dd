/**
 * Sixty calls of many shapes, as several applications would make them, hostile ones among them. Nothing is random, so
 * that tests can count.
 */
import { LOCAL_KEY, type Gateway } from '../../support/gateway.ts'

export interface Sample {
  readonly path: string
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Each would set `window.__xss`, put a strange element on the page, or leave the origin. */
export const HOSTILE = [
  '<img src=x onerror="window.__xss=1">',
  '<script>window.__xss=1</script>',
  '</pre><svg onload="window.__xss=1"></svg><iframe src="javascript:parent.__xss=1"></iframe>',
  '[a link](javascript:window.__xss=1) and ![a picture](https://evil.example/pixel.png)',
  '<a href="javascript:window.__xss=1" id="planted">press</a><style>body{display:none}</style>',
  '{{constructor.constructor("window.__xss=1")()}} ${window.__xss=1} "><base href=//evil.example>',
] as const

export const ARABIC = 'لخّص هذا التقرير في ثلاث نقاط'
export const HUGE_CHARACTERS = 200_000

const WEATHER_TOOL = {
  name: 'get_weather',
  description: 'Weather of a place',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
}

const PRODUCTION = {
  'helicone-user-id': 'alice@example.com',
  'helicone-session-id': 'report-2026',
  'helicone-session-name': 'Report',
  'helicone-property-environment': 'production',
}

export const SAMPLES: readonly Sample[] = [
  ...times(12, (at) => chat(`Summarise the quarterly report, part ${at}`, PRODUCTION)),
  ...times(8, (at) => chat(`Stream a haiku about spring, number ${at}`, {}, { stream: true })),
  ...times(6, (at) => respond(`Draft a reply to customer ${at}`)),
  ...times(6, (at) => message(`Say something kind, ${at}`)),
  ...times(3, () => toolConversation()),
  ...times(6, (at) => embed(`A sentence to embed, ${at}`)),
  ...times(4, () => chat('This one is refused', {}, { model: 'sandbox-error-429' })),
  ...times(3, () => chat('This one fails', {}, { model: 'sandbox-error-500' }, 'groq')),
  ...HOSTILE.map(hostile),
  chat('Nothing of this is kept', { 'helicone-omit-request': 'true' }),
  chat('The answer is not kept', { 'helicone-omit-response': 'true' }),
  chat(`${ARABIC} — 你好 🌍 ‮reversed‬`),
  chat('long words '.repeat(HUGE_CHARACTERS / 11)),
  chat('x'.repeat(HUGE_CHARACTERS)),
  chat('Merci, à bientôt'),
]

/** Sends all at once, twelve at a time; answers when each was answered. */
export async function sendAll(gateway: Gateway, samples: readonly Sample[]): Promise<void> {
  const waiting = [...samples]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await send(gateway, next)
    }
  }
  await Promise.all(Array.from({ length: 12 }, work))
}

/** One call, its answer read to the end. */
export async function send(gateway: Gateway, sample: Sample): Promise<Response> {
  const response = await gateway.fetch(sample.path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'helicone-auth': `Bearer ${LOCAL_KEY}`,
      authorization: 'Bearer sk-provider-key',
      ...sample.headers,
    },
    body: JSON.stringify(sample.body),
  })
  const text = await response.text()
  return new Response(text, { status: response.status, headers: response.headers })
}

export function chat(
  text: string,
  headers: Readonly<Record<string, string>> = {},
  more: object = {},
  provider = 'openai',
): Sample {
  return {
    path: `/v1/gateway/${provider}/v1/chat/completions`,
    headers,
    body: {
      model: provider === 'openai' ? 'gpt-4o-mini' : 'llama-3.3-70b-versatile',
      messages: [
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: text },
      ],
      ...more,
    },
  }
}

function respond(text: string): Sample {
  return {
    path: '/v1/responses',
    headers: { 'helicone-user-id': 'carol', 'helicone-property-plan': 'pro' },
    body: { model: 'gpt-5-mini', input: text },
  }
}

function message(text: string): Sample {
  return {
    path: '/anthropic/v1/messages',
    headers: { 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-ant-provider-key' },
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 300,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages: [{ role: 'user', content: text }],
    },
  }
}

/** The second call of an agent: the tool has answered. */
export function toolConversation(): Sample {
  return {
    path: '/anthropic/v1/messages',
    headers: {
      'anthropic-version': '2023-06-01',
      'x-api-key': 'sk-ant-provider-key',
      'helicone-session-id': 'agent-7',
      'helicone-user-id': 'bob',
    },
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 300,
      tools: [WEATHER_TOOL],
      messages: [
        { role: 'user', content: 'Should I take an umbrella in Paris?' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '{"rain_mm": 12}' }],
        },
      ],
    },
  }
}

function embed(text: string): Sample {
  return {
    path: '/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: text, dimensions: 32 },
  }
}

/** Hostile wherever a caller may write: prompt, model, user, session, names, properties. */
function hostile(text: string): Sample {
  return {
    ...chat(text, {
      'helicone-user-id': text,
      'helicone-session-id': text,
      'helicone-session-name': text,
      'helicone-request-name': text,
      'helicone-property-note': text,
      'x-note': text,
    }),
    body: {
      model: 'hostile-model',
      messages: [
        { role: 'system', content: text },
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: 'javascript:window.__xss=1' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: text.slice(0, 60), arguments: JSON.stringify({ text }) },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: text },
        { role: 'user', content: text },
      ],
    },
  }
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1))
}
