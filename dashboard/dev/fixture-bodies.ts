/** Bodies in the true wire shapes of each dialect, for the drawer. */
import { anthropic } from './fixture-anthropic.ts'
import type { BodyDocument, RequestRow } from '../../src/contracts/api/requests.ts'

const PIXELS =
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAHUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC'

export function makeBody(row: RequestRow): BodyDocument {
  const [request, response] = bodiesOf(row)
  const { is_stream: isStream } = row.heliograph
  return {
    request,
    response,
    heliograph: {
      request_headers: {
        accept: 'application/json',
        authorization: '[redacted]',
        'content-type': 'application/json',
        'helicone-auth': '[redacted]',
        'helicone-user-id': row.request_user_id ?? '',
        'user-agent': 'OpenAI/JS 7.55.0',
        'x-stainless-runtime': 'node',
      },
      response_headers: {
        'content-type': isStream ? 'text/event-stream; charset=utf-8' : 'application/json',
        'openai-processing-ms': '812',
        'x-ratelimit-remaining-tokens': '199318',
        'x-request-id': 'req_7c1f0c1e5b6e4f0e',
      },
      request_content_type: 'application/json',
      response_content_type: isStream ? 'text/event-stream' : 'application/json',
      response_raw: isStream ? rawStream(row) : null,
      request_truncated: false,
      response_truncated: row.heliograph.response_body_state === 'truncated',
    },
  }
}

function rawStream(row: RequestRow): string {
  const words = (row.heliograph.response_preview ?? 'One moment').split(' ')
  const events = words.map((word) => {
    const delta = { choices: [{ index: 0, delta: { content: `${word} ` } }] }
    return `data: ${JSON.stringify({ id: 'chatcmpl-1', model: row.model, ...delta })}\n`
  })
  return `${events.join('\n')}\ndata: [DONE]\n`
}

function bodiesOf(row: RequestRow): [unknown, unknown] {
  if (row.response_status >= 400) {
    const error = { message: row.heliograph.error_message, type: 'requests', code: 'rate_limit' }
    return [chatRequest(row), { error }]
  }
  switch (row.heliograph.dialect) {
    case 'anthropic-messages':
      return anthropic(row)
    case 'openai-responses':
      return responses(row)
    case 'gemini':
      return gemini(row)
    case 'openai-embeddings':
      return embeddings(row)
    default:
      return [chatRequest(row), row.response_status < 0 ? null : chatResponse(row)]
  }
}

function chatRequest(row: RequestRow): unknown {
  return {
    model: row.model,
    temperature: 0.2,
    messages: [
      {
        role: 'system',
        content:
          'You are the support assistant of Northwind.\n\n- Answer in the language of the customer.\n- Never promise a refund.\n- If you are unsure, say so.',
      },
      { role: 'user', content: 'Hi, where is order 4711?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'find_order', arguments: '{"number":4711,"with_items":true}' },
          },
        ],
      },
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content:
          '{"status":"shipped","carrier":"DHL","eta":"2026-11-24","items":[{"sku":"MIR-1","n":2}]}',
      },
      { role: 'assistant', content: 'It left our warehouse and should arrive on 24 November.' },
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: `${row.heliograph.request_preview ?? ''}\n\nSee https://example.com/tickets/88 for more.`,
          },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXELS}` } },
        ],
      },
    ],
    tools: [{ type: 'function', function: { name: 'find_order', parameters: { type: 'object' } } }],
  }
}

function chatResponse(row: RequestRow): unknown {
  return {
    id: 'chatcmpl-9f2',
    object: 'chat.completion',
    created: 1_795_000_000,
    model: row.model,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: {
          role: 'assistant',
          content: `${row.heliograph.response_preview ?? ''}\n\nNext steps:\n  1. Check the proxy's key cache.\n  2. Purge it if the old key is still there.`,
          refusal: null,
        },
      },
    ],
    usage: { prompt_tokens: row.prompt_tokens, completion_tokens: row.completion_tokens },
  }
}

function responses(row: RequestRow): [unknown, unknown] {
  const request = {
    model: row.model,
    instructions: 'Extract invoices. Answer with JSON only.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: row.heliograph.request_preview },
          { type: 'input_image', image_url: 'https://example.com/invoices/2026-0117.jpg' },
        ],
      },
    ],
    stream: true,
  }
  const response = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: row.model,
    output: [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Reading the table row by row.' }],
      },
      {
        type: 'web_search_call',
        id: 'ws_1',
        status: 'completed',
        action: { query: 'VAT rate Germany 2026' },
      },
      {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_9',
        name: 'save_invoice',
        arguments: '{"number":"2026-0117"}',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [
          {
            type: 'output_text',
            text: '{"invoice":"2026-0117","total":1284.5,"currency":"EUR","lines":[{"sku":"MIR-1","amount":2,"price":642.25}]}',
          },
        ],
      },
    ],
    usage: { input_tokens: row.prompt_tokens, output_tokens: row.completion_tokens },
  }
  return [request, response]
}

function gemini(row: RequestRow): [unknown, unknown] {
  const request = {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      {
        role: 'user',
        parts: [
          { text: row.heliograph.request_preview },
          { inlineData: { mimeType: 'image/png', data: PIXELS } },
        ],
      },
    ],
  }
  const response = {
    candidates: [
      {
        finishReason: 'STOP',
        content: {
          role: 'model',
          parts: [
            { text: 'Group by area.', thought: true },
            { text: row.heliograph.response_preview },
          ],
        },
      },
    ],
    modelVersion: row.model,
  }
  return [request, response]
}

function embeddings(row: RequestRow): [unknown, unknown] {
  const vector = Array.from({ length: 1536 }, (_, n) => Number(Math.sin(n).toFixed(6)))
  return [
    { model: row.model, input: [row.heliograph.request_preview, 'Labels are in the parcel.'] },
    {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: vector }],
      model: row.model,
    },
  ]
}
