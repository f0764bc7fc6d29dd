/** The call that every trial makes: a 1 KB chat request with the headers of a customer who uses everything. */

/** A key that the stand-ins, and the local seed, accept. */
const HELIOGRAPH_KEY = 'sk-helicone-local00-0000000-0000000-0000000'

export const CHAT_PATH = '/v1/chat/completions'

export const CHAT_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  authorization: 'Bearer sk-provider-0123456789abcdef0123456789abcdef',
  'helicone-auth': `Bearer ${HELIOGRAPH_KEY}`,
  'helicone-user-id': 'user-4711',
  'helicone-property-environment': 'production',
  'helicone-property-feature': 'summaries',
  'helicone-session-id': '0b4f4c1e-6a53-4d0e-9c64-4ad0a3f4f0d1',
  'helicone-session-path': '/research/outline',
  'helicone-session-name': 'Research',
}

/** With one rate-limit policy, which never denies: the limiter is asked for every call. */
export const EVERYTHING_HEADERS: Readonly<Record<string, string>> = {
  ...CHAT_HEADERS,
  'helicone-ratelimit-policy': '1000000000;w=3600',
}

/** About 1,024 bytes of a chat request; `stream` asks for events. */
export function chatBody(stream: boolean): string {
  const question = 'Explain how a heliograph works, and what limits its range. '
  return JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: 'You answer in short paragraphs and name your sources.' },
      { role: 'user', content: question.repeat(14) },
    ],
    temperature: 0.2,
    stream,
  })
}
