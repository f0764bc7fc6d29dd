/**
 * The event sequence of a streamed OpenAI response: created, in progress, every output item opened,
 * filled and closed, then completed or incomplete. Events are numbered from 0 without a gap.
 */
import type { Frame } from './answer.ts'
import type { JsonObject } from './json.ts'
import { finishedResponse, textPart, type OutputItem } from './openai-responses.ts'
import type { Reply } from './reply.ts'
import { piecesOf } from './tokens.ts'

interface Step {
  readonly type: string
  readonly fields: object
  readonly paced?: true
}

export function responseFrames(
  head: JsonObject,
  reply: Reply,
  output: readonly OutputItem[],
): Frame[] {
  const finished = finishedResponse(head, reply, output)
  const started = {
    ...head,
    status: 'in_progress',
    completed_at: null,
    incomplete_details: null,
    output: [],
    usage: null,
  }
  const steps: Step[] = [
    { type: 'response.created', fields: { response: started } },
    { type: 'response.in_progress', fields: { response: started } },
    ...output.flatMap((item, index) => itemSteps(item, index, reply)),
    { type: `response.${String(finished['status'])}`, fields: { response: finished } },
  ]
  return steps.map(({ type, fields, paced }, sequence) => ({
    event: type,
    data: { type, sequence_number: sequence, ...fields },
    paced: paced ?? false,
  }))
}

/** What a response stream carries when it fails after it began. */
export function responseErrorFrame(): Frame {
  const message = 'The server had an error while processing your request.'
  const data = { type: 'error', code: 'server_error', message, param: null, sequence_number: 0 }
  return { event: 'error', data, paced: false }
}

function itemSteps(item: OutputItem, index: number, reply: Reply): Step[] {
  const added = { output_index: index, item: opened(item) }
  return [
    { type: 'response.output_item.added', fields: added },
    ...contentSteps(item, { item_id: item.id, output_index: index }, reply),
    { type: 'response.output_item.done', fields: { output_index: index, item } },
  ]
}

/** The item as it is announced: there, and empty. */
function opened(item: OutputItem): object {
  if (item.type === 'reasoning') return { ...item, summary: [] }
  const begun = { ...item, status: 'in_progress' }
  if (item.type === 'message') return { ...begun, content: [] }
  return item.type === 'function_call' ? { ...begun, arguments: '' } : { ...begun, input: '' }
}

function contentSteps(item: OutputItem, place: object, reply: Reply): Step[] {
  if (item.type === 'reasoning') {
    return item.summary.flatMap(({ text }, index) => summarySteps(text, index, place))
  }
  if (item.type === 'message') return messageSteps(reply, place)
  const isFunction = item.type === 'function_call'
  const kind = isFunction ? 'function_call_arguments' : 'custom_tool_call_input'
  const input = isFunction ? item.arguments : item.input
  const done = isFunction ? { name: item.name, arguments: input } : { input }
  return [
    ...deltas(`response.${kind}.delta`, piecesOf(input), place),
    { type: `response.${kind}.done`, fields: { ...place, ...done } },
  ]
}

function messageSteps(reply: Reply, place: object): Step[] {
  const at = { ...place, content_index: 0 }
  return [
    { type: 'response.content_part.added', fields: { ...at, part: textPart('') } },
    ...deltas('response.output_text.delta', reply.pieces, { ...at, logprobs: [] }),
    { type: 'response.output_text.done', fields: { ...at, text: reply.text, logprobs: [] } },
    { type: 'response.content_part.done', fields: { ...at, part: textPart(reply.text) } },
  ]
}

function summarySteps(text: string, index: number, place: object): Step[] {
  const at = { ...place, summary_index: index }
  return [
    { type: 'response.reasoning_summary_part.added', fields: { ...at, ...summaryPart('') } },
    ...deltas('response.reasoning_summary_text.delta', piecesOf(text), at),
    { type: 'response.reasoning_summary_text.done', fields: { ...at, text } },
    { type: 'response.reasoning_summary_part.done', fields: { ...at, ...summaryPart(text) } },
  ]
}

function summaryPart(text: string): object {
  return { part: { type: 'summary_text', text } }
}

function deltas(type: string, pieces: readonly string[], at: object): Step[] {
  return pieces.map((delta) => ({ type, fields: { ...at, delta }, paced: true as const }))
}
