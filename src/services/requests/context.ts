/** What every verb on requests needs: whose they are, where they lie, and the origin that links begin with. */
import { readConfig } from '../../env.ts'
import type { AnalyticsStore } from '../../store/analytics.ts'
import { openD1Analytics } from '../../store/d1-analytics.ts'

export interface RequestContext {
  env: Env
  orgId: string
  /** Origin without trailing slash. */
  origin: string
  store: AnalyticsStore
}

/** `origin` is that of the call; a configured public URL wins over it. */
export function openRequests(env: Env, orgId: string, origin: string): RequestContext {
  return {
    env,
    orgId,
    origin: readConfig(env).publicUrl ?? origin,
    store: openD1Analytics(env.LOGS),
  }
}
