/** What a small company's applications ask in a quarter of an hour, and what they are told. All of it is made up. */

export interface Scene {
  readonly provider: 'openai' | 'anthropic' | 'google' | 'groq'
  readonly model: string
  readonly user: string
  readonly session?: string
  readonly name?: string
  readonly properties: Readonly<Record<string, string>>
  readonly system?: string
  readonly prompt: string
  readonly answer: string
  readonly inputTokens: number
  readonly cachedTokens?: number
  readonly outputTokens: number
  /** Until the first byte, and from there to the last. */
  readonly waitMs: number
  readonly writeMs?: number
  readonly isStream?: boolean
  readonly status?: number
}

const SUPPORT = { environment: 'production', feature: 'support-bot' }
const SEARCH = { environment: 'production', feature: 'search' }
const REPORTS = { environment: 'staging', feature: 'reports' }
const CODE = { environment: 'production', feature: 'code-review' }

export const SCENES: readonly Scene[] = [
  scene('openai', 'gpt-5-mini', 'maria@northwind.io', SUPPORT, {
    session: 'ticket-4812',
    prompt: 'Where is my order? It should have arrived on Tuesday.',
    answer:
      'Your parcel left our warehouse on Monday and is with the courier. It arrives tomorrow.',
    tokens: [1840, 96, 1408],
    times: [420, 610],
  }),
  scene('anthropic', 'claude-sonnet-4-5', 'jonas@northwind.io', CODE, {
    session: 'pr-2291',
    prompt: 'Review this diff: retry loop without a limit in payments/charge.ts',
    answer: 'The loop never ends when the card is declined. Bound it, and back off between tries.',
    tokens: [6120, 310, 4096],
    times: [690, 1480],
  }),
  scene('google', 'gemini-2.5-flash', 'aiko@northwind.io', SEARCH, {
    prompt: 'Rewrite as a search query: shoes for wide feet that survive rain',
    answer: 'waterproof wide-fit shoes',
    tokens: [212, 9],
    times: [230, 60],
  }),
  scene('groq', 'llama-3.3-70b-versatile', 'maria@northwind.io', SUPPORT, {
    session: 'ticket-4812',
    prompt: 'Classify the mood of this message: “Third time I am writing about this!”',
    answer: 'frustrated',
    tokens: [164, 3],
    times: [92, 20],
  }),
  scene('openai', 'gpt-5', 'li.wei@northwind.io', REPORTS, {
    session: 'q3-report',
    prompt: 'Summarise the third quarter for the board in five sentences.',
    answer:
      'Revenue grew by 14 percent, led by the Nordic stores. Returns fell for the third time.',
    tokens: [18_420, 182, 12_288],
    times: [1910, 2240],
  }),
  scene('anthropic', 'claude-haiku-4-5', 'priya@northwind.io', SUPPORT, {
    session: 'ticket-4815',
    prompt: 'Translate for the customer: “Your refund is on its way.” to Portuguese',
    answer: 'O seu reembolso está a caminho.',
    tokens: [320, 14],
    times: [280, 120],
  }),
  scene('openai', 'gpt-5-mini', 'tom@northwind.io', SEARCH, {
    prompt: 'Which of these 20 products match “gift for a gardener under 40 euros”?',
    answer: 'Products 3, 8, 11 and 19: the pruning set, the gloves, the herb kit and the almanac.',
    tokens: [4210, 41, 3072],
    times: [510, 330],
  }),
  scene('openai', 'gpt-5', 'li.wei@northwind.io', REPORTS, {
    session: 'q3-report',
    prompt: 'Draft the slide about churn, two bullet points, no jargon.',
    answer:
      'Fewer customers left: 2.1 percent, from 2.9. Most of those who left had waited for a reply.',
    tokens: [19_010, 74, 17_408],
    times: [1320, 900],
    status: 429,
  }),
  scene('google', 'gemini-2.5-pro', 'aiko@northwind.io', REPORTS, {
    session: 'invoice-scan',
    prompt: 'Read the totals off this invoice and answer as JSON.',
    answer: '{"net": 1840.50, "tax": 349.70, "gross": 2190.20, "currency": "EUR"}',
    tokens: [2890, 38],
    times: [880, 240],
  }),
  scene('groq', 'llama-3.3-70b-versatile', 'tom@northwind.io', SEARCH, {
    prompt: 'Correct the spelling: “watrproof hikng bots”',
    answer: 'waterproof hiking boots',
    tokens: [88, 6],
    times: [76, 14],
  }),
  scene('anthropic', 'claude-sonnet-4-5', 'jonas@northwind.io', CODE, {
    session: 'pr-2294',
    prompt: 'Write the test that is missing for parseAddress() with an empty postcode.',
    answer:
      'it(\'keeps an empty postcode\', () => expect(parseAddress("1 Main St").postcode).toBe(""))',
    tokens: [5230, 268, 4096],
    times: [720, 1610],
  }),
  scene('openai', 'gpt-4.1-mini', 'priya@northwind.io', SUPPORT, {
    session: 'ticket-4815',
    prompt: 'Is this message spam? “You have won a cruise, press here to claim it”',
    answer: 'yes',
    tokens: [141, 1],
    times: [190, 12],
  }),
]

interface Rest {
  readonly session?: string
  readonly prompt: string
  readonly answer: string
  /** In, out, and of those in from the cache. */
  readonly tokens: readonly [input: number, output: number, cached?: number]
  readonly times: readonly [waitMs: number, writeMs: number]
  readonly status?: number
}

function scene(
  provider: Scene['provider'],
  model: string,
  user: string,
  properties: Scene['properties'],
  rest: Rest,
): Scene {
  const { session, prompt, answer, tokens, times, status } = rest
  return {
    provider,
    model,
    user,
    properties,
    prompt,
    answer,
    inputTokens: tokens[0],
    outputTokens: tokens[1],
    cachedTokens: tokens[2] ?? 0,
    waitMs: times[0],
    writeMs: times[1],
    ...(session === undefined ? {} : { session }),
    ...(status === undefined ? {} : { status }),
  }
}

/** The call whose drawer is open: an agent that has asked its tools and now answers. */
export const AGENT_MESSAGES = [
  {
    role: 'user',
    content: 'My parcel 4812 is late and I leave for Lisbon on Friday. What can you do?',
  },
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'Let me see where it is.' },
      { type: 'tool_use', id: 'toolu_01', name: 'track_parcel', input: { order: '4812' } },
    ],
  },
  {
    role: 'user',
    content: [
      {
        type: 'tool_result',
        tool_use_id: 'toolu_01',
        content: '{"status": "in transit", "hub": "Rotterdam", "expected": "Friday"}',
      },
    ],
  },
]

export const AGENT_TOOLS = [
  {
    name: 'track_parcel',
    description: 'Where a parcel is',
    input_schema: { type: 'object', properties: { order: { type: 'string' } } },
  },
  {
    name: 'redirect_parcel',
    description: 'Sends a parcel elsewhere',
    input_schema: { type: 'object', properties: { order: { type: 'string' } } },
  },
]

export const AGENT_SCENE: Scene = {
  ...scene('anthropic', 'claude-sonnet-4-5', 'maria@northwind.io', SUPPORT, {
    session: 'ticket-4812',
    prompt: 'My parcel 4812 is late',
    answer:
      'Your parcel is in Rotterdam and is expected on Friday, the day you leave. I can send it to a pick-up point near Lisbon airport instead, at no cost.\n\nShall I do that?',
    tokens: [3184, 62, 2560],
    times: [640, 1180],
  }),
  isStream: true,
  name: 'Support agent',
  system: 'You are the support agent of Northwind, a shoe shop. Be brief and kind.',
}
