/** Usage of OpenAI's audio: tokens like in Responses; models billed by duration report seconds, so no tokens. */
export { readUsage } from '../openai-responses/usage.ts'
