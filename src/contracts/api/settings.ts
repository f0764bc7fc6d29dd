/** Shapes of `GET` and `PATCH /api/settings`: what an organisation decides for all of its calls. */
import type { OrgSettings } from '../../lib/org-settings.ts'

export type { FailClosed, OrgSettings } from '../../lib/org-settings.ts'

/** Body of `PATCH`: what is left out stays as it is. */
export type OrgSettingsPatch = { [Name in keyof OrgSettings]?: OrgSettings[Name] | undefined }
