/** Where secrets and omitted bodies travel, and how a call that carries them may end. */
import { chatAnswer, chatEvents } from '../support/calls.ts'
import type { Script } from '../support/upstream.ts'
import { chunks, events, json, resetAtOnce, silent } from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'

/** How a provider may end a call. */
export const ENDINGS: [name: string, script: Script][] = [
  ['an answer', json(chatAnswer(12, 8))],
  ['a stream', events(chatEvents(12, 8))],
  ['an error', json({ error: { message: 'No.', type: 'invalid_request_error' } }, { status: 401 })],
  ['a reset', resetAtOnce()],
  ['a broken stream', events(chatEvents(12, 8).slice(0, 2), { end: 'reset' })],
  ['silence', silent()],
]

type Carrier = [
  name: string,
  path: (secret: string) => string,
  headers: (secret: string, upstreamUrl: string) => Record<string, string>,
]
const same = (path: string) => (): string => path

export const PROVIDER_KEYS: Carrier[] = [
  ['Authorization', same(CHAT), (secret) => ({ authorization: `Bearer ${secret}` })],
  ['Authorization without a scheme', same(CHAT), (secret) => ({ authorization: secret })],
  [
    'Basic Authorization',
    same(CHAT),
    (secret) => ({ authorization: `Basic ${Buffer.from(`user:${secret}`).toString('base64')}` }),
  ],
  ['x-api-key', same('/anthropic/v1/messages'), (secret) => ({ 'x-api-key': secret })],
  ['api-key', same(CHAT), (secret) => ({ 'api-key': secret })],
  [
    'x-goog-api-key',
    same('/google/v1beta/models/gemini-2.5-flash:generateContent'),
    (secret) => ({ 'x-goog-api-key': secret }),
  ],
  [
    '?key=',
    (secret) => `/google/v1beta/models/gemini-2.5-flash:generateContent?key=${secret}&alt=json`,
    () => ({}),
  ],
  [
    'Helicone-Fallbacks',
    same('/v1/gateway/oai/v1/chat/completions'),
    (secret, upstreamUrl) => ({
      'helicone-fallbacks': JSON.stringify([
        {
          'target-url': upstreamUrl,
          headers: { Authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          onCodes: [{ from: 400, to: 599 }],
        },
      ]),
    }),
  ],
  ['Cookie', same(CHAT), (secret) => ({ cookie: `session=${secret}` })],
  ['Proxy-Authorization', same(CHAT), (secret) => ({ 'proxy-authorization': `Basic ${secret}` })],
  ['the query of a Referer', same(CHAT), (secret) => ({ referer: `https://a.test/?k=${secret}` })],
  ['x-amz-security-token', same(CHAT), (secret) => ({ 'x-amz-security-token': secret })],
  ['Helicone-Posthog-Key', same(CHAT), (secret) => ({ 'helicone-posthog-key': secret })],
  [
    'a user in the target',
    same('/v1/chat/completions'),
    (secret, upstreamUrl) => ({
      'helicone-target-url': upstreamUrl.replace('//', `//user:${secret}@`),
    }),
  ],
  [
    'a user in a misspelt target',
    same('/v1/chat/completions'),
    (secret) => ({ 'helicone-target-url': `user:${secret}@127.0.0.1` }),
  ],
  [
    'the query of the target',
    same('/v1/chat/completions'),
    (secret, upstreamUrl) => ({ 'helicone-target-url': `${upstreamUrl}/?api_key=${secret}` }),
  ],
]

/** Answers to calls whose answer is omitted; the text is in each of them. */
export const OMITTED_ANSWERS: [ending: string, make: (text: string) => Script][] = [
  ['an answer', (text) => json(chatAnswer(12, 8, text))],
  ['a stream', (text) => events(chatEvents(12, 8, [text]))],
  ['an error', (text) => json({ error: { message: text, type: text } }, { status: 400 })],
  ['a compressed answer', (text) => json(chatAnswer(12, 8, text), { gzip: true })],
  ['a broken stream', (text) => events(chatEvents(12, 8, [text]).slice(0, 1), { end: 'reset' })],
  ['nonsense', (text) => chunks([`<html>${text}`], { headers: { 'content-type': 'text/html' } })],
  ['big, an answer', (text) => json(chatAnswer(12, 8, text))],
  ['big, a stream', (text) => events(chatEvents(12, 8, [text]))],
]
