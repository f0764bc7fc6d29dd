/** `/api/settings`: what an organisation decides for all of its calls. */
import { createRoute } from '@hono/zod-openapi'
import { orgSettingsPatchSchema, orgSettingsSchema } from '../contracts/api/settings-schema.ts'
import { changeSettings } from '../services/settings/change.ts'
import { readSettings } from '../services/settings/read.ts'
import { access } from './access.ts'
import { createNoun, envelope, jsonBody, refusals, requireJson } from './app.ts'

const tags = ['settings']
const REFUSALS = ['not_authenticated', 'key_write_only'] as const

const readRoute = createRoute({
  method: 'get',
  path: '/api/settings',
  tags,
  summary: 'Read the settings of the organisation',
  middleware: [access('read')],
  responses: {
    200: envelope('All settings, defaults filled in.', orgSettingsSchema),
    ...refusals(...REFUSALS),
  },
})

const changeRoute = createRoute({
  method: 'patch',
  path: '/api/settings',
  tags,
  summary: 'Change settings of the organisation',
  description:
    'What is left out stays as it is; a name that is not known is refused. In effect within a minute.',
  middleware: [access('read'), requireJson],
  request: { body: jsonBody(orgSettingsPatchSchema) },
  responses: {
    200: envelope('All settings as they are now.', orgSettingsSchema),
    ...refusals(
      ...REFUSALS,
      'cross_site',
      'invalid_json',
      'invalid_body',
      'unsupported_media_type',
      'not_found',
    ),
  },
})

export const settings = createNoun()
  .openapi(readRoute, async (c) =>
    c.json({ data: await readSettings(c.env, c.var.orgId), error: null }, 200),
  )
  .openapi(changeRoute, async (c) => {
    const data = await changeSettings(c.env, c.var.orgId, c.req.valid('json'))
    return c.json({ data, error: null }, 200)
  })
