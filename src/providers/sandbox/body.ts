/** Reads a request's JSON body, compressed or not, within a bound that an isolate can hold. */
import { Failure, type Voice } from './failure.ts'
import { isObject, type JsonObject } from './json.ts'

const MOST_BYTES = 16 * 1_048_576

/** Throws `Failure` 400 for what is not a JSON object, 413 for more than 16 MiB. */
export async function readBody(request: Request, voice: Voice): Promise<JsonObject> {
  const text = new TextDecoder().decode(await readBytes(request))
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new Failure(400, badJson(voice))
  }
  if (isObject(parsed)) return parsed
  throw new Failure(400, badJson(voice))
}

function badJson(voice: Voice): string {
  return voice === 'anthropic'
    ? 'The request body is not valid JSON.'
    : 'We could not parse the JSON body of your request. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.'
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  const isPlain = encoding === '' || encoding === 'identity'
  if (!isPlain && encoding !== 'gzip' && encoding !== 'deflate') {
    throw new Failure(400, `The sandbox cannot read content encoding '${encoding}'.`)
  }
  const plain = isPlain
    ? request.body
    : request.body.pipeThrough(new DecompressionStream(encoding === 'gzip' ? 'gzip' : 'deflate'))
  try {
    return await collect(plain.getReader())
  } catch (error) {
    if (error instanceof Failure || request.signal.aborted) throw error
    throw new Failure(400, 'The request body could not be read to its end.')
  }
}

async function collect(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > MOST_BYTES) {
      void reader.cancel().catch(() => undefined)
      throw new Failure(413, 'The request exceeds the 16 MiB that the sandbox reads.')
    }
    chunks.push(value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
