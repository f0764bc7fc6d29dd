/** Kinds of calls that the made-up rows cycle through. Prices are dollars per million tokens. */
import type { Warning } from '../../src/contracts/log-record.ts'

export interface Scene {
  provider: string
  model: string
  dialect: string
  origin: string
  path: string
  status: number
  outcome: string
  errorCode: string | null
  errorMessage: string | null
  isStream: boolean
  stopReason: string | null
  totalMs: number
  inputTokens: number | null
  outputTokens: number | null
  cacheShare: number
  reasoning: number | null
  price: readonly [number, number] | 'free' | null
  toolCalls: number
  requestPreview: string | null
  responsePreview: string | null
  warnings: Warning[]
}

const OPENAI: Scene = {
  provider: 'openai',
  model: 'gpt-5-mini',
  dialect: 'openai-chat',
  origin: 'https://api.openai.com',
  path: '/v1/chat/completions',
  status: 200,
  outcome: 'success',
  errorCode: null,
  errorMessage: null,
  isStream: false,
  stopReason: 'stop',
  totalMs: 1_840,
  inputTokens: 1_240,
  outputTokens: 320,
  cacheShare: 0,
  reasoning: null,
  price: [0.25, 2],
  toolCalls: 0,
  requestPreview: 'Summarise the attached support thread for the on-call engineer.',
  responsePreview: 'The customer sees 502s since 09:40 UTC after rotating their API key.',
  warnings: [],
}

const ANTHROPIC: Scene = {
  ...OPENAI,
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  dialect: 'anthropic-messages',
  origin: 'https://api.anthropic.com',
  path: '/v1/messages',
  isStream: true,
  stopReason: 'tool_use',
  totalMs: 6_400,
  inputTokens: 14_800,
  outputTokens: 690,
  cacheShare: 0.86,
  price: [3, 15],
  toolCalls: 2,
  requestPreview: 'What is the weather in Berlin and Lisbon tomorrow? Pack a bag for me.',
  responsePreview: 'Let me look up both forecasts before packing anything.',
}

export const SCENES: readonly Scene[] = [
  OPENAI,
  ANTHROPIC,
  {
    ...OPENAI,
    model: 'gpt-5',
    dialect: 'openai-responses',
    path: '/v1/responses',
    isStream: true,
    totalMs: 11_200,
    inputTokens: 3_900,
    outputTokens: 1_450,
    reasoning: 896,
    price: [1.25, 10],
    requestPreview: 'Find the invoice in this photo and extract the line items as JSON.',
    responsePreview: '{"invoice":"2026-0117","total":1284.5,"currency":"EUR","lines":[…]}',
  },
  {
    ...OPENAI,
    provider: 'google',
    model: 'gemini-2.5-flash',
    dialect: 'gemini',
    origin: 'https://generativelanguage.googleapis.com',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    isStream: true,
    totalMs: 2_300,
    inputTokens: 820,
    outputTokens: 410,
    price: [0.3, 2.5],
    stopReason: 'STOP',
    requestPreview: 'Write release notes for version 2.14 from these commit messages.',
    responsePreview: 'Version 2.14 makes exports resumable and fixes three sign-in bugs.',
  },
  {
    ...OPENAI,
    status: 429,
    outcome: 'provider_error',
    errorMessage:
      'Rate limit reached for gpt-5-mini in organization org-northwind on tokens per min.',
    totalMs: 180,
    inputTokens: null,
    outputTokens: null,
    responsePreview: null,
    requestPreview: 'Classify this ticket: "My parcel never arrived and nobody answers."',
  },
  {
    ...OPENAI,
    totalMs: 900,
    requestPreview:
      '<img src=x onerror="document.title=1"><script>alert(1)</script> is this safe to render?',
    responsePreview: 'No. <b>Escape</b> it: treat everything a user sends as text & never as HTML.',
  },
  {
    ...OPENAI,
    provider: 'groq',
    model: 'moonshotai/kimi-k2-instruct',
    origin: 'https://api.groq.com',
    path: '/openai/v1/chat/completions',
    isStream: true,
    totalMs: 610,
    inputTokens: 460,
    outputTokens: 180,
    price: null,
    requestPreview: 'Translate to Portuguese: "The mirror catches the sun."',
    responsePreview: '“O espelho apanha o sol.”',
    warnings: [
      {
        code: 'invalid_header',
        header: 'Helicone-RateLimit-Policy',
        message: 'Expected [quota];w=[seconds], got "lots". The header was ignored.',
      },
    ],
  },
  {
    ...OPENAI,
    model: 'text-embedding-3-small',
    dialect: 'openai-embeddings',
    path: '/v1/embeddings',
    totalMs: 140,
    inputTokens: 2_100,
    outputTokens: null,
    price: [0.02, 0],
    stopReason: null,
    requestPreview: 'Returns within 30 days are free of charge if the label is used.',
    responsePreview: null,
  },
  { ...ANTHROPIC, model: 'claude-haiku-4-5', totalMs: 2_100, price: [1, 5], cacheShare: 0.4 },
  {
    ...ANTHROPIC,
    model: 'claude-opus-4-5',
    status: -3,
    outcome: 'client_abort',
    errorMessage: 'The client went away before the answer was complete.',
    totalMs: 3_400,
    outputTokens: 96,
    cacheShare: 0,
    toolCalls: 0,
    stopReason: null,
    price: [5, 25],
  },
  {
    ...OPENAI,
    provider: 'sandbox',
    model: 'sandbox-mini',
    origin: 'https://sandbox.invalid',
    totalMs: 12,
    inputTokens: 18,
    outputTokens: 24,
    price: 'free',
    requestPreview: 'Say hello from the sandbox.',
    responsePreview: 'Hello! This answer was made without any network.',
  },
  {
    ...OPENAI,
    provider: 'azure',
    model: 'gpt-4.1',
    origin: 'https://northwind.openai.azure.com',
    path: '/openai/deployments/gpt-4.1/chat/completions',
    status: 500,
    outcome: 'provider_error',
    errorMessage: 'The server had an error while processing your request. Sorry about that!',
    totalMs: 4_100,
    inputTokens: null,
    outputTokens: null,
    responsePreview: null,
  },
  {
    ...OPENAI,
    model: 'gpt-5',
    status: -2,
    outcome: 'timeout',
    errorCode: 'upstream_timeout',
    errorMessage: 'openai did not answer within 60 s.',
    totalMs: 60_000,
    inputTokens: null,
    outputTokens: null,
    responsePreview: null,
    requestPreview: 'Prove that every planar graph is four-colourable. Show all work.',
  },
]
