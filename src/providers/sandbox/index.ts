/**
 * The built-in provider `sandbox`: answers OpenAI- and Anthropic-shaped calls without any network,
 * so that a first request, demo data and the playground work offline. Whatever key is sent is
 * accepted. Latency, errors and bad endings on demand: docs/reference/sandbox.md.
 */
import { answerJson, answerStream, type Delivery } from './answer.ts'
import {
  anthropicMessage,
  messageErrorFrame,
  messageFrames,
  readExtras,
  readMessages,
} from './anthropic-messages.ts'
import { readBehavior, wait } from './behavior.ts'
import { readBody } from './body.ts'
import { Failure, failureBody, failureOnDemand, type Voice } from './failure.ts'
import { objectOf, stringOf, type JsonObject } from './json.ts'
import { listModels, retrieveModel } from './models.ts'
import {
  chatCompletion,
  chatErrorFrame,
  chatFrames,
  readChat,
  readChoiceCount,
} from './openai-chat.ts'
import { embeddings } from './openai-embeddings.ts'
import { responseErrorFrame, responseFrames } from './openai-responses-events.ts'
import {
  asksForSummary,
  finishedResponse,
  outputItems,
  readResponses,
  responseHead,
} from './openai-responses.ts'
import { composeReply, promptTokens } from './reply.ts'
import { newId } from './tokens.ts'

type Answerer = (body: JsonObject, delivery: Delivery) => Promise<Response> | Response

const ANSWERERS: Readonly<Record<string, Answerer>> = {
  '/v1/chat/completions': answerChat,
  '/v1/responses': answerResponses,
  '/v1/embeddings': (body, delivery) => answerJson(embeddings(body), delivery),
  '/v1/messages': answerMessages,
  '/v1/messages/count_tokens': (body, delivery) =>
    answerJson({ input_tokens: promptTokens(readMessages(body, false)) }, delivery),
}

/**
 * Answers as the provider would. `path` is what the provider would see (`/v1/messages`); a leading
 * `/openai` or `/anthropic` and a missing `/v1` are forgiven, a query is passed over. Never throws
 * for bad input; rejects with the signal's reason when the request is aborted meanwhile.
 */
export async function answerSandbox(request: Request, path: string): Promise<Response> {
  const route = normalise(path)
  const voice = voiceOf(route, request.headers)
  const requestId = newId('req_')
  const headers = { [voice === 'anthropic' ? 'request-id' : 'x-request-id']: requestId }
  try {
    return await dispatch(request, route, voice, headers)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const retry = error.status === 429 ? { 'retry-after': '1' } : {}
    const init = { status: error.status, headers: { ...headers, ...retry } }
    return Response.json(failureBody(voice, error, requestId), init)
  }
}

async function dispatch(
  request: Request,
  route: string,
  voice: Voice,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { method, signal } = request
  const model = /^\/v1\/models(?:\/(.+))?$/.exec(route)
  if (model) {
    if (method !== 'GET' && method !== 'HEAD') throw wrongMethod(method, route)
    const body = model[1] === undefined ? listModels(voice) : retrieveModel(decode(model[1]), voice)
    return Response.json(body, { headers })
  }
  const answer = Object.hasOwn(ANSWERERS, route) ? ANSWERERS[route] : undefined
  if (!answer) throw unknownPath(method, route, voice)
  if (method !== 'POST') throw wrongMethod(method, route)
  const body = await readBody(request, voice)
  const behavior = readBehavior(stringOf(body['model']) ?? '', request.headers)
  await wait(behavior.latencyMs, signal)
  if (behavior.errorStatus !== null) throw failureOnDemand(behavior.errorStatus)
  return answer(body, { behavior, headers, signal })
}

function normalise(path: string): string {
  const [bare = ''] = path.split(/[?#]/, 1)
  const trimmed = bare.replace(/^\/(?:openai|anthropic)(?=\/|$)/, '').replace(/\/$/, '')
  return /^\/v1(?:\/|$)/.test(trimmed) ? trimmed : `/v1${trimmed}`
}

function voiceOf(route: string, headers: Headers): Voice {
  const isMessages = route === '/v1/messages' || route.startsWith('/v1/messages/')
  return isMessages || headers.has('anthropic-version') ? 'anthropic' : 'openai'
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function unknownPath(method: string, route: string, voice: Voice): Failure {
  if (voice === 'anthropic') return new Failure(404, 'Not found')
  return new Failure(404, `Invalid URL (${method} ${route})`)
}

function wrongMethod(method: string, route: string): Failure {
  return new Failure(405, `Not allowed to ${method} on ${route}.`)
}

function answerChat(body: JsonObject, delivery: Delivery): Promise<Response> | Response {
  const ask = readChat(body)
  const choices = readChoiceCount(body)
  const reply = composeReply(ask, delivery.behavior)
  if (!ask.stream) return answerJson(chatCompletion(ask, reply, choices), delivery)
  const includeUsage = objectOf(body['stream_options'])['include_usage'] === true
  const frames = chatFrames(ask, reply, choices, includeUsage)
  return answerStream(frames, chatErrorFrame(), delivery)
}

function answerResponses(body: JsonObject, delivery: Delivery): Promise<Response> | Response {
  const ask = readResponses(body)
  const reply = composeReply(ask, delivery.behavior)
  const head = responseHead(body, ask)
  const output = outputItems(reply, asksForSummary(body))
  if (!ask.stream) return answerJson(finishedResponse(head, reply, output), delivery)
  return answerStream(responseFrames(head, reply, output), responseErrorFrame(), delivery)
}

function answerMessages(body: JsonObject, delivery: Delivery): Promise<Response> | Response {
  const ask = readMessages(body, true)
  const extras = readExtras(body)
  const reply = composeReply(ask, delivery.behavior)
  if (!ask.stream) return answerJson(anthropicMessage(ask, reply, extras), delivery)
  const errorFrame = messageErrorFrame(delivery.headers['request-id'] ?? '')
  return answerStream(messageFrames(ask, reply, extras), errorFrame, delivery)
}
