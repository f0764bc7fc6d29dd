/** What the vendors' own clients make of an answer, without retries of their own. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { Form } from './failure-forms.ts'

interface Options {
  readonly apiKey: string
  readonly maxRetries: number
  readonly defaultHeaders: Record<string, string>
}

/** `an answer`, or the class of what the client raises. */
export async function bySdk(
  form: Form,
  gatewayUrl: string,
  defaultHeaders: Record<string, string>,
): Promise<string> {
  const options = { apiKey: 'sk-provider-key', maxRetries: 0, defaultHeaders }
  try {
    if (form.client === 'openai') await askOpenAI(form, gatewayUrl, options)
    else await askAnthropic(form, gatewayUrl, options)
    return 'an answer'
  } catch (error) {
    return error instanceof Error ? error.constructor.name : String(error)
  }
}

async function askOpenAI({ body }: Form, url: string, options: Options): Promise<void> {
  const client = new OpenAI({ ...options, baseURL: `${url}/oai/v1` })
  const asked = JSON.parse(body) as OpenAI.ChatCompletionCreateParams
  await readAll(await client.chat.completions.create(asked))
}

async function askAnthropic({ body }: Form, url: string, options: Options): Promise<void> {
  const client = new Anthropic({ ...options, baseURL: `${url}/anthropic` })
  const asked = JSON.parse(body) as Anthropic.MessageCreateParams
  await readAll(await client.messages.create(asked))
}

/** Of a stream all parts; anything else is there already. */
async function readAll(made: unknown): Promise<void> {
  if (typeof made !== 'object' || made === null || !(Symbol.asyncIterator in made)) return
  for await (const part of made as AsyncIterable<unknown>) void part
}
