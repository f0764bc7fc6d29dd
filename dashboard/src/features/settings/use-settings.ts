/** The organisation's settings, changed one at a time: shown at once, and taken back when the server says no. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { OrgSettings, OrgSettingsPatch } from '../../../../src/contracts/api/settings.ts'
import { api } from '../../lib/api.ts'

const SETTINGS_KEY = ['settings']

export type SettingName = keyof OrgSettings

export interface SettingsState {
  settings: OrgSettings | undefined
  /** Why they could not be read. */
  error: Error | null
  readAgain: () => void
  change: (patch: OrgSettingsPatch) => void
  /** The setting that was changed last, and how that went. */
  last: { name: SettingName; state: 'saving' | 'saved' | 'failed'; message: string | null } | null
}

export function useSettings(): SettingsState {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: SETTINGS_KEY,
    queryFn: ({ signal }) => api.settings(signal),
  })
  const save = useMutation({
    mutationFn: api.changeSettings,
    // One after the other: the last answer is the newest state.
    scope: { id: 'settings' },
    onMutate: async (patch) => {
      await client.cancelQueries({ queryKey: SETTINGS_KEY })
      const before = client.getQueryData<OrgSettings>(SETTINGS_KEY)
      if (before !== undefined) client.setQueryData(SETTINGS_KEY, { ...before, ...patch })
      return { before }
    },
    onError: (_error, patch, context) => {
      const now = client.getQueryData<OrgSettings>(SETTINGS_KEY)
      if (now === undefined || context?.before === undefined) return
      const { before } = context
      const undone = Object.keys(patch).map((name) => [name, before[name as SettingName]])
      client.setQueryData(SETTINGS_KEY, { ...now, ...Object.fromEntries(undone) })
    },
    onSuccess: (settings) => client.setQueryData(SETTINGS_KEY, settings),
  })
  const name = Object.keys(save.variables ?? {})[0] as SettingName | undefined
  const state = save.isPending ? 'saving' : save.isSuccess ? 'saved' : 'failed'
  return {
    settings: query.data,
    error: query.error,
    readAgain: () => void query.refetch(),
    change: save.mutate,
    last: name === undefined ? null : { name, state, message: save.error?.message ?? null },
  }
}
