/** What the organisation decides for all of its calls. Each change is saved as it is made. */
import { useEffect } from 'react'
import type { FailClosed, OrgSettings } from '../../../src/contracts/api/settings.ts'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Segmented } from '../components/segmented.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { Toggle } from '../components/switch.tsx'
import { DurationInput } from '../features/settings/duration-input.tsx'
import { SettingGroup, SettingRow } from '../features/settings/setting-row.tsx'
import { useSettings } from '../features/settings/use-settings.ts'
import type { SettingsState } from '../features/settings/use-settings.ts'

const FAIL_CLOSED: readonly { value: FailClosed; label: string }[] = [
  { value: 'never', label: 'Never' },
  { value: 'spend', label: 'Money limits' },
  { value: 'always', label: 'Always' },
]
const FAIL_CLOSED_HINTS: Readonly<Record<FailClosed, string>> = {
  never: 'A limiter that does not answer lets the call through, and the log says so.',
  spend: 'Calls stop where money is limited and cannot be counted. Other limits let them through.',
  always: 'Calls stop whenever a limit of theirs cannot be checked.',
}

const TIMEOUTS = [
  ['timeout_connect_ms', 'Connect', 'Until the provider sends its response headers.'],
  ['timeout_first_token_ms', 'First token', 'Until the first piece of a stream.'],
  ['timeout_idle_ms', 'Idle', 'Between two pieces of an answer.'],
  ['timeout_total_ms', 'Total', 'From the call to the end of its answer.'],
] as const

export function SettingsPage() {
  const state = useSettings()
  const { settings, error } = state
  useEffect(() => {
    document.title = 'Settings · Heliograph'
  }, [])
  return (
    <Page
      title="Settings"
      lead="What the organisation decides for all of its calls. Changes are saved as you make them, and in effect within a minute."
    >
      {error !== null && settings === undefined && (
        <ErrorNotice
          title="The settings could not be read"
          error={error}
          onRetry={state.readAgain}
        />
      )}
      {settings === undefined && error === null && <Waiting />}
      {settings !== undefined && <Groups settings={settings} state={state} />}
    </Page>
  )
}

function Groups({ settings, state }: { settings: OrgSettings; state: SettingsState }) {
  const { change, last } = state
  return (
    <>
      <SettingGroup title="Headers" lead="How the gateway takes what a call asks for.">
        <SettingRow
          name="strict_headers"
          label="Strict headers"
          hint="A header value that cannot be used is a 400 that says what was expected. Otherwise it is left out, with a warning in the answer and in the log."
          last={last}
        >
          <Toggle
            label="Strict headers"
            checked={settings.strict_headers}
            onChange={(value) => change({ strict_headers: value })}
          />
        </SettingRow>
      </SettingGroup>
      <SettingGroup
        title="Rate limits"
        lead="For the organisation’s rules, and for policies that calls bring along."
      >
        <SettingRow
          name="limits_on_cache_hits"
          label="Count answers from the cache"
          hint="Answers that are given again draw from the limits too. Otherwise they are free."
          last={last}
        >
          <Toggle
            label="Count answers from the cache"
            checked={settings.limits_on_cache_hits}
            onChange={(value) => change({ limits_on_cache_hits: value })}
          />
        </SettingRow>
        <SettingRow
          name="limits_fail_closed"
          label="Stop calls when a limit cannot be checked"
          hint={FAIL_CLOSED_HINTS[settings.limits_fail_closed]}
          last={last}
          isStacked
        >
          <Segmented
            label="Stop calls when a limit cannot be checked"
            size="md"
            value={settings.limits_fail_closed}
            onChange={(value) => change({ limits_fail_closed: value })}
            items={FAIL_CLOSED}
          />
        </SettingRow>
      </SettingGroup>
      <SettingGroup
        title="Timeouts"
        lead="For calls that bring none of their own. Left empty, the deployment’s default holds; the longest is an hour."
      >
        {TIMEOUTS.map(([name, label, hint]) => (
          <SettingRow key={name} name={name} label={label} hint={hint} last={last}>
            <DurationInput
              label={`${label} timeout`}
              testId={`input-${name}`}
              value={settings[name]}
              onChange={(ms) => change({ [name]: ms })}
            />
          </SettingRow>
        ))}
      </SettingGroup>
    </>
  )
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading settings" className="flex flex-col gap-10">
      {[1, 2, 4].map((rows) => (
        <div key={rows}>
          <Skeleton className="mb-4 w-28" />
          <div className="divide-y rounded-lg border">
            {Array.from({ length: rows }, (_, row) => (
              <div key={row} className="flex flex-col gap-2.5 px-4 py-4.5">
                <Skeleton className="w-36" />
                <Skeleton className="w-2/3" />
              </div>
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}
