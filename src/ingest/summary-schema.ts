/** The shape of a summary that travels in a record: the gateway's own, made when a body was left out. */
import * as z from 'zod'
import type { Summary } from '../dialects/canonical/summary.ts'

const text = z.string().nullable()
const tokens = z.number().int().nullable()

export const summarySchema: z.ZodType<Summary> = z.object({
  modelAsked: text,
  modelAnswered: text,
  usage: z
    .object({
      inputTokens: tokens,
      outputTokens: tokens,
      cacheReadTokens: tokens,
      cacheWrite5mTokens: tokens,
      cacheWrite1hTokens: tokens,
      reasoningTokens: tokens,
      inputAudioTokens: tokens,
      outputAudioTokens: tokens,
      inputImageTokens: tokens,
      outputImageTokens: tokens,
    })
    .nullable(),
  costReportedNano: z.number().int().nullable(),
  stream: z.boolean(),
  stopReason: text,
  userId: text,
  serviceTier: text,
  requestPreview: text,
  responsePreview: text,
  toolCalls: z.number().int(),
  errorMessage: text,
})
