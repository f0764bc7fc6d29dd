/** Usage of OpenAI's text completions: the same object as in chat completions. */
export { readReportedCost, readUsage } from '../openai-chat/usage.ts'
