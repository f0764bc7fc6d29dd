/**
 * Events with which a stream begins before the model has said anything: Anthropic's `message_start` and empty blocks, the
 * first events of OpenAI's Responses, a chat chunk that only names the role. Told by their shape, not parsed. A quote
 * inside of a JSON string is escaped, so a model's own words never look like a member. In doubt a line is no announcement.
 */

/** They repeat the request, whatever else is in them. */
const RESPONSE_BEGINS = /"type"\s*:\s*"response\.(?:created|queued|in_progress)"/
const MESSAGE_BEGINS = /"type"\s*:\s*"message_start"/
const NO_CONTENT = /"content"\s*:\s*\[\s*\]/
/** These may hold the first words already. `prompt_filter_results` is what Azure sends ahead of a chat. */
const PART_BEGINS =
  /"type"\s*:\s*"(?:content_block_start|response\.(?:output_item|content_part)\.added)"|"prompt_filter_results"\s*:/
const CHOICE = /"choices"\s*:\s*\[\s*\{/
const DELTA = /"delta"\s*:/

/** A member that says nothing of an answer: a name, or an empty value. No two branches match the same text. */
const MEMBER = [
  String.raw`(?:id|role|status|phase)"\s*:\s*"[^"\\]+"`,
  String.raw`type"\s*:\s*"(?:message|reasoning|text|thinking|output_text|reasoning_text)"`,
  String.raw`\w+"\s*:\s*(?:null|""|\[\s*\])`,
].join('|')
const HOLLOW = String.raw`\s*\{\s*(?:"(?:${MEMBER})\s*(?:,\s*|(?=\})))*\}`
/** What makes an answer of a line all the same: content, an end, usage, an error. */
const CONTENT = new RegExp(
  String.raw`"(?:text|usage|error|finish_reason)"\s*:(?!\s*(?:null|""))` +
    String.raw`|"(?:delta|message|content_block|item|part)"\s*:(?!${HOLLOW})`,
)

/** Whether this line, of an event stream and without its end, only announces an answer. */
export function announces(line: string): boolean {
  if (!line.startsWith('data:')) return false
  if (RESPONSE_BEGINS.test(line)) return true
  if (MESSAGE_BEGINS.test(line)) return NO_CONTENT.test(line)
  const mayBeHollow = PART_BEGINS.test(line) || (CHOICE.test(line) && DELTA.test(line))
  return mayBeHollow && !CONTENT.test(line)
}
