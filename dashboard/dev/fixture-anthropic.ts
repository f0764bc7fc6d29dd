/** A tool-using conversation in Anthropic's shape, with thinking and a failed tool. */
import type { RequestRow } from '../../src/contracts/api/requests.ts'

export function anthropic(row: RequestRow): [unknown, unknown] {
  const request = {
    model: row.model,
    max_tokens: 4096,
    stream: true,
    thinking: { type: 'enabled', budget_tokens: 2048 },
    system: [
      {
        type: 'text',
        text: 'You are a travel assistant. Use tools.',
        cache_control: { type: 'ephemeral' },
      },
    ],
    tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'I travel light.' },
      { role: 'assistant', content: 'Noted: hand luggage only.' },
      { role: 'user', content: row.heliograph.request_preview },
      {
        role: 'assistant',
        content: [
          {
            type: 'thinking',
            thinking: 'Two cities. I should ask for both forecasts at once.',
            signature: 'EqQ',
          },
          { type: 'text', text: 'Let me look.' },
          {
            type: 'tool_use',
            id: 'toolu_1',
            name: 'get_weather',
            input: { city: 'Berlin', day: '2026-11-22' },
          },
          {
            type: 'tool_use',
            id: 'toolu_2',
            name: 'get_weather',
            input: { city: 'Lisbon', day: '2026-11-22' },
          },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: '{"sky":"rain","high":7,"low":2}',
          },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            content: [{ type: 'text', text: 'upstream timed out' }],
            is_error: true,
          },
        ],
      },
    ],
  }
  const response = {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: row.model,
    stop_reason: row.heliograph.stop_reason,
    content: [
      {
        type: 'thinking',
        thinking:
          'Berlin is known: rain, 2 to 7 degrees. Lisbon failed once; a second try is cheap, so I will ask again before I answer.\nThe user travels light, so one jacket must do.',
        signature: 'EqQ',
      },
      { type: 'text', text: row.heliograph.response_preview },
      {
        type: 'tool_use',
        id: 'toolu_3',
        name: 'get_weather',
        input: { city: 'Lisbon', day: '2026-11-22', retry: true },
      },
    ],
    usage: { input_tokens: 2072, cache_read_input_tokens: 12728, output_tokens: 690 },
  }
  return [request, response]
}
