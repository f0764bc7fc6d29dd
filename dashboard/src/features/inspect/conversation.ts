/** What two bodies say to each other, whatever dialect they said it in. All text is plain text. */

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string }
  | { kind: 'refusal'; text: string }
  | { kind: 'image'; url: string }
  /** A file, a sound, or an image that is held elsewhere. */
  | { kind: 'attachment'; label: string }
  | {
      kind: 'tool-call'
      id: string | null
      name: string
      input: unknown
      result: ToolResult | null
    }
  /** A result whose call is nowhere in sight. */
  | { kind: 'tool-result'; id: string | null; result: ToolResult }
  | { kind: 'data'; label: string; value: unknown }

export interface ToolResult {
  blocks: Block[]
  isError: boolean
}

export interface Message {
  role: Role
  blocks: Block[]
  /** Part of the answer, not of what was sent. */
  isAnswer: boolean
  /** Name of the speaker, or which of several answers this is. */
  name: string | null
}

export interface Conversation {
  messages: Message[]
  /** Names of the tools that were offered. */
  tools: string[]
  /** Parameters worth seeing, such as temperature. */
  settings: [name: string, value: string][]
  error: string | null
  stopReason: string | null
}

/** Puts each tool result under its call, and drops messages that are empty by then. */
export function pairTools(messages: readonly Message[]): Message[] {
  const calls = new Map<string, Extract<Block, { kind: 'tool-call' }>>()
  const paired = messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) => {
      if (block.kind !== 'tool-call') return block
      const copy = { ...block }
      if (copy.id !== null) calls.set(copy.id, copy)
      return copy
    }),
  }))
  for (const message of paired) {
    message.blocks = message.blocks.filter((block) => {
      const call =
        block.kind === 'tool-result' && block.id !== null ? calls.get(block.id) : undefined
      if (block.kind !== 'tool-result' || !call || call.result !== null) return true
      call.result = block.result
      return false
    })
  }
  return paired.filter((message) => message.blocks.length > 0)
}

const SETTINGS = [
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'reasoning_effort',
  'seed',
  'tool_choice',
  'response_format',
  'service_tier',
  'reasoning',
  'thinking',
]

export function settingsOf(body: JsonObject): [string, string][] {
  return SETTINGS.flatMap((name) => {
    const value = body[name]
    if (value === undefined || value === null) return []
    const text =
      typeof value === 'object' ? JSON.stringify(value) : String(value as string | number)
    return [[name, text] as [string, string]]
  })
}

export type JsonObject = Record<string, unknown>

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null
}

export function asObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject).filter((item) => item !== null) : []
}

export function asString(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Arguments travel as JSON in a string; while they stream they may be cut off. */
export function parseArguments(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

export function text(value: string | null): Block[] {
  return value === null || value === '' ? [] : [{ kind: 'text', text: value }]
}

export function roleOf(value: unknown): Role {
  if (value === 'system' || value === 'developer') return 'system'
  if (value === 'assistant' || value === 'model') return 'assistant'
  return value === 'tool' || value === 'function' ? 'tool' : 'user'
}
