/** Zod for rate limit rules and the dashboard's view of limits at work. */
import * as z from 'zod'
import type { LiveLimit, RateLimitRule, RateLimitRuleInput } from './rate-limits.ts'

const unit = z.enum(['request', 'cents', 'tokens'])

const segment = z
  .string()
  .trim()
  .toLowerCase()
  .max(128)
  .regex(/^[a-z0-9_-]*$/, 'expected user, key, or the name of a property: letters, digits, _ and -')

export const rateLimitRuleInputSchema = z
  .object({
    name: z.string().trim().min(1).max(120),
    quota: z.number().positive().max(1e15),
    window_seconds: z.number().int().min(60).max(31_536_000),
    unit,
    segment: segment.nullish(),
  })
  .meta({ id: 'RateLimitRuleInput' }) satisfies z.ZodType<RateLimitRuleInput>

export const rateLimitRuleSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    quota: z.number(),
    window_seconds: z.number().int(),
    unit,
    segment: z.string().nullable(),
    policy: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'RateLimitRule' }) satisfies z.ZodType<RateLimitRule>

export const liveLimitSchema = z
  .object({
    policy: z.string(),
    segment: z.string(),
    unit,
    limit: z.number(),
    remaining: z.number().nullable(),
    resetSeconds: z.number().nullable(),
    reservations: z.number().nullable(),
    calls: z.number().int(),
    denied: z.number().int(),
    unavailable: z.number().int(),
    lastAt: z.number().int(),
    lastDeniedAt: z.number().int().nullable(),
  })
  .meta({ id: 'LiveLimit' }) satisfies z.ZodType<LiveLimit>
