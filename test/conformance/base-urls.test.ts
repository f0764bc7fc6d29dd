/** Every way in which an application may point its client at the gateway leads to the same provider, path and row. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { rawCall } from '../support/raw-call.ts'
import { hostFetch } from '../support/host-fetch.ts'
import { chatRequest } from '../support/calls.ts'
import { rowOf } from '../support/stored-rows.ts'
import { IDENTITY, heliconeHeaders, normalised, startSides, type Sides } from './sides.ts'
import { randomUUID } from 'node:crypto'

let sides: Sides
beforeAll(async () => {
  sides = await startSides()
})
afterAll(() => sides.close())

interface Form {
  readonly name: string
  /** Behind the gateway's origin, or a whole URL whose host is not the gateway's own. */
  readonly base: string
  readonly headers?: () => Record<string, string>
  /** The key is in the path, or where the provider's key would be: not in `Helicone-Auth`. */
  readonly isKeyElsewhere?: boolean
  readonly provider?: string
}

const target = () => ({ 'Helicone-Target-URL': sides.sandbox.url })

const OPENAI_FORMS: Form[] = [
  { name: 'a path', base: '/oai/v1' },
  { name: "the provider's own name as a path", base: '/openai/v1' },
  { name: 'bare /v1', base: '/v1' },
  { name: 'the generic gateway path', base: '/v1/gateway/oai/v1' },
  { name: 'a key in the path', base: `/${LOCAL_KEY}/v1`, isKeyElsewhere: true },
  { name: 'a key before the surface', base: `/${LOCAL_KEY}/oai/v1`, isKeyElsewhere: true },
  { name: 'a host', base: 'http://oai.localhost/v1' },
  { name: 'a European host', base: 'http://eu.oai.example.com/v1' },
  {
    name: 'a host and a key in the path',
    base: `http://oai.localhost/${LOCAL_KEY}/v1`,
    isKeyElsewhere: true,
  },
  { name: 'a target URL', base: '/v1', headers: target, provider: '127.0.0.1' },
  {
    name: 'a target URL on the gateway host',
    base: 'http://gateway.example.com/v1',
    headers: target,
    provider: '127.0.0.1',
  },
  {
    name: 'a target URL on the generic path',
    base: '/v1/gateway/gateway/v1',
    headers: target,
    provider: '127.0.0.1',
  },
  {
    name: 'an OpenAI base of the caller',
    base: '/oai/v1',
    headers: () => ({ 'Helicone-OpenAI-Api-Base': sides.sandbox.url }),
    provider: '127.0.0.1',
  },
  {
    name: 'both keys in one header',
    base: '/oai/v1',
    headers: () => ({ Authorization: `Bearer sk-provider-key, Bearer ${LOCAL_KEY}` }),
    isKeyElsewhere: true,
  },
]

const ANTHROPIC_FORMS: Form[] = [
  { name: 'a path', base: '/anthropic' },
  { name: 'bare', base: '' },
  { name: 'the generic gateway path', base: '/v1/gateway/anthropic' },
  { name: 'a key in the path', base: `/${LOCAL_KEY}/anthropic`, isKeyElsewhere: true },
  { name: 'a host', base: 'http://anthropic.localhost' },
  {
    name: 'a host and a key in the path',
    base: `http://anthropic.localhost/${LOCAL_KEY}`,
    isKeyElsewhere: true,
  },
]

function optionsOf(form: Form, requestId: string) {
  const { 'Helicone-Auth': auth = '', ...named } = heliconeHeaders(requestId)
  const own = form.isKeyElsewhere === true ? {} : { 'Helicone-Auth': auth }
  return {
    baseURL: new URL(form.base, `${sides.gateway.url}/`).href.replace(/\/$/, ''),
    apiKey: 'sk-provider-key',
    defaultHeaders: { ...named, ...own, ...form.headers?.() },
    maxRetries: 0,
    fetch: form.base.startsWith('http') ? fetchUnderHost : fetch,
  }
}

/** The client believes in the host's name; the connection goes to the gateway's port. */
async function fetchUnderHost(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  return await hostFetch(sides.gateway.url, String(url), init)
}

const messages = [{ role: 'user' as const, content: 'Where am I?' }]

describe('openai by', () => {
  it.concurrent.each(OPENAI_FORMS)('$name', async (form) => {
    const requestId = randomUUID()
    const direct = new OpenAI({ baseURL: `${sides.sandbox.url}/v1`, apiKey: 'sk-provider-key' })
    const through = new OpenAI(optionsOf(form, requestId))
    const body = { model: 'gpt-4o-mini', messages }
    const answers = [
      await through.chat.completions.create(body),
      await direct.chat.completions.create(body),
    ]
    expect(normalised(answers[0])).toEqual(normalised(answers[1]))
    expect(await rowOf(sides.gateway.env, requestId)).toMatchObject({
      ...IDENTITY,
      provider: form.provider ?? 'openai',
      path: '/v1/chat/completions',
      target_url: `${sides.sandbox.url}/v1/chat/completions`,
      outcome: 'success',
      input_tokens: answers[0]?.usage?.prompt_tokens,
    })
  })
})

describe('@anthropic-ai/sdk by', () => {
  it.concurrent.each(ANTHROPIC_FORMS)('$name', async (form) => {
    const requestId = randomUUID()
    const direct = new Anthropic({ baseURL: sides.sandbox.url, apiKey: 'sk-provider-key' })
    const through = new Anthropic(optionsOf(form, requestId))
    const body = { model: 'claude-opus-4-7', max_tokens: 500, messages }
    const answers = [await through.messages.create(body), await direct.messages.create(body)]
    expect(normalised(answers[0])).toEqual(normalised(answers[1]))
    expect(await rowOf(sides.gateway.env, requestId)).toMatchObject({
      ...IDENTITY,
      provider: 'anthropic',
      dialect: 'anthropic-messages',
      path: '/v1/messages',
      outcome: 'success',
      input_tokens: answers[0]?.usage.input_tokens,
    })
  })
})

describe('a key that a broken client did not have', () => {
  it.each(['undefined', 'null', 'Bearer undefined', 'Bearer null', 'Bearer '])(
    'Authorization: %s counts as absent',
    async (authorization) => {
      const requestId = randomUUID()
      const answer = await rawCall(sides.gateway.url, '/oai/v1/chat/completions', {
        headers: {
          ...heliconeHeaders(requestId),
          authorization,
          'content-type': 'application/json',
        },
        body: chatRequest(),
      })
      expect(answer.status).toBe(200)
      const row = await rowOf(sides.gateway.env, requestId)
      expect(row).toMatchObject({ outcome: 'success', ...IDENTITY })
      expect(sides.sandbox.seen.headers).toHaveProperty('content-type')
      expect(sides.sandbox.seen.headers).not.toHaveProperty('authorization')
    },
  )
})
