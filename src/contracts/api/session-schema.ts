/** Zod for the dashboard's own endpoints. */
import * as z from 'zod'
import type {
  ApiKeyRow,
  CreatedApiKey,
  SessionInfo,
  SetupInput,
  SetupResult,
  SignInInput,
  SignInLink,
} from './session.ts'

const organization = z.object({ id: z.string(), name: z.string() })
const token = z.string().trim().min(1).max(512)
const permissions = z.enum(['rw', 'w'])

export const sessionInfoSchema = z
  .object({
    organization,
    environment: z.enum(['local', 'production']),
    gatewayUrl: z.string(),
    snippetKey: z.string().nullable(),
    sandbox: z.boolean(),
  })
  .meta({ id: 'SessionInfo' }) satisfies z.ZodType<SessionInfo>

export const signInSchema = z.object({ token }) satisfies z.ZodType<SignInInput>

export const signInLinkSchema = z
  .object({ url: z.string(), expiresAt: z.number().int() })
  .meta({ id: 'SignInLink' }) satisfies z.ZodType<SignInLink>

export const setupSchema = z.object({
  token,
  organizationName: z.string().trim().min(1).max(120),
}) satisfies z.ZodType<SetupInput>

export const setupResultSchema = z
  .object({ organization, apiKey: z.string() })
  .meta({ id: 'SetupResult' }) satisfies z.ZodType<SetupResult>

export const apiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string(),
    permissions,
    createdAt: z.number().int(),
    revokedAt: z.number().int().nullable(),
  })
  .meta({ id: 'ApiKey' }) satisfies z.ZodType<ApiKeyRow>

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string() })
  .meta({ id: 'CreatedApiKey' }) satisfies z.ZodType<CreatedApiKey>

export const newKeySchema = z.object({
  name: z.string().trim().min(1).max(120),
  permissions: permissions.default('rw'),
})
