/** Zod for an organisation's settings. */
import * as z from 'zod'
import { MAX_TIMEOUT_MS } from '../../lib/org-settings.ts'
import type { OrgSettings, OrgSettingsPatch } from './settings.ts'

const timeout = z.number().int().min(1).max(MAX_TIMEOUT_MS).nullable()

const settings = z.object({
  strict_headers: z.boolean().meta({
    description: 'A header value that cannot be used is a 400 in place of a warning.',
  }),
  limits_on_cache_hits: z.boolean().meta({
    description: 'Answers from the cache count against rate limits too.',
  }),
  limits_fail_closed: z.enum(['never', 'spend', 'always']).meta({
    description:
      'Whether a call is refused when its rate limit cannot be checked; spend: where money is limited.',
  }),
  timeout_connect_ms: timeout.meta({
    description: 'Where the call sets none itself; null leaves the default of the deployment.',
  }),
  timeout_first_token_ms: timeout,
  timeout_idle_ms: timeout,
  timeout_total_ms: timeout,
})

export const orgSettingsSchema = settings.meta({
  id: 'OrgSettings',
}) satisfies z.ZodType<OrgSettings>

/** A name that is not known is refused: a misspelt setting would be silently without effect. */
export const orgSettingsPatchSchema = z
  .strictObject(settings.shape)
  .partial()
  .meta({ id: 'OrgSettingsPatch' }) satisfies z.ZodType<OrgSettingsPatch>
