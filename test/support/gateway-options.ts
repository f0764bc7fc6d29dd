/** What both ways of starting the Worker for a test have in common. */
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface GatewayOptions {
  /** Variables over those of wrangler.toml; `LOG_TRANSPORT` and others as `src/env.ts` reads them. */
  readonly vars?: Readonly<Record<string, string>>
  /** Where providers are: one URL for OpenAI and Anthropic, or provider id → base URL. */
  readonly upstream?: string | Readonly<Record<string, string>>
}

/** The variables of a local test run, with overrides for the fake provider. */
export function gatewayVars(options: GatewayOptions): Record<string, string> {
  const { upstream } = options
  const overrides =
    typeof upstream === 'string' ? { openai: upstream, anthropic: upstream } : upstream
  return {
    ENVIRONMENT: 'local',
    ALLOW_PRIVATE_TARGETS: 'true',
    UPSTREAM_OVERRIDES: JSON.stringify(overrides ?? {}),
    ...options.vars,
  }
}
