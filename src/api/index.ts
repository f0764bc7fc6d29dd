/**
 * The query and control API, the dashboard's endpoints and the API reference. Loaded lazily by the Worker: the gateway
 * must not pay for its libraries.
 */
import { createNoun, limitBody, secureHeaders } from './app.ts'
import { cache } from './cache.ts'
import { renderError } from './errors.ts'
import { explorer } from './explorer.ts'
import { keys } from './keys.ts'
import { refusePath } from './not-built.ts'
import { describeApi, registerSecurity } from './openapi.ts'
import { rateLimits } from './rate-limits.ts'
import { reference } from './reference.ts'
import { requests } from './requests.ts'
import { session } from './session.ts'
import { settings } from './settings.ts'

export const api = createNoun()

api.use(secureHeaders)
api.use(limitBody)
api.onError(renderError)
api.notFound((c) => refusePath(c.req.method, new URL(c.req.url).pathname))
for (const noun of [requests, session, keys, settings, rateLimits, cache, explorer]) {
  api.route('/', noun)
}
api.route('/', reference)
registerSecurity(api)

api.get('/v1/openapi.json', (c) => {
  c.header('access-control-allow-origin', '*')
  return c.json(describeApi(api))
})
