/** The OpenAPI document: made from the routes themselves, so it lists what exists and nothing else. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from './api-env.ts'

/** OpenAPI 3.1, as `/v1/openapi.json` answers it and the script writes it. */
export function describeApi(app: OpenAPIHono<ApiEnv>) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Heliograph',
      version: '1',
      description:
        'Requests, feedback, scores and keys of one organisation. Money is in US dollars and null when unpriced; times are ISO 8601 in UTC unless they are epoch milliseconds.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
  })
}

/** Call once per app, before the document is made. */
export function registerSecurity(app: OpenAPIHono<ApiEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: sk-helicone-… reads and writes, pk-helicone-… only writes.',
  })
}
