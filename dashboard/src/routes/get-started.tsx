/** The quick start: the base URL, the key, a snippet, and the proof that it worked. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { KeyRound } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../components/button.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { Switch } from '../components/switch.tsx'
import { Tabs } from '../components/tabs.tsx'
import { FirstRequest } from '../features/onboarding/first-request.tsx'
import { makeSnippets } from '../features/onboarding/snippets.ts'
import { useSession } from '../features/session/use-session.ts'
import { api } from '../lib/api.ts'
import { readPreference, writePreference } from '../lib/storage.ts'

export function GetStartedPage() {
  const session = useSession()
  const [sandbox, setSandbox] = useState(session.sandbox)
  const [language, setLanguage] = useState(readPreference('language') ?? 'curl')
  const [madeKey, setMadeKey] = useState<string | null>(null)
  const key = madeKey ?? session.snippetKey
  const snippets = makeSnippets({ gatewayUrl: session.gatewayUrl, heliographKey: key, sandbox })
  const chosen = snippets.find(({ id }) => id === language) ?? snippets[0]
  useEffect(() => {
    document.title = 'Get started · Heliograph'
  }, [])

  return (
    <Page
      title="Get started"
      lead="Change the base URL, add one header. Every call then shows up here, and nothing else of your application changes."
    >
      <FirstRequest />
      <Step number={1} title="Your gateway">
        <dl className="divide-y rounded-lg border">
          <Copyable label="Base URL" value={session.gatewayUrl} testId="base-url" />
          {key === null ? (
            <MakeKey onKey={setMadeKey} />
          ) : (
            <Copyable label="API key" value={key} testId="api-key" />
          )}
        </dl>
        {madeKey !== null && (
          <Notice kind="warn" className="mt-3">
            This key is shown this once. Copy it before you leave the page.
          </Notice>
        )}
        {key === session.snippetKey && key !== null && (
          <p className="mt-2 text-xs text-faint">
            This key works on this machine only. A deployed Heliograph refuses it.
          </p>
        )}
      </Step>
      <Step
        number={2}
        title="Send a request"
        aside={
          session.sandbox && (
            <Switch
              checked={sandbox}
              onChange={setSandbox}
              label="Sandbox"
              testId="sandbox-toggle"
            />
          )
        }
      >
        {chosen && (
          <div className="overflow-hidden rounded-lg border">
            <Tabs
              value={chosen.id}
              onChange={(id) => {
                setLanguage(id)
                writePreference('language', id)
              }}
              items={snippets.map(({ id, label }) => ({ value: id, label }))}
              label="Language"
              className="pt-1"
            >
              {chosen.install !== null && (
                <CodeBlock
                  code={chosen.install}
                  className="rounded-none border-0 border-b"
                  label="Copy the install command"
                />
              )}
              <CodeBlock
                code={chosen.code}
                className="rounded-none border-0"
                label="Copy the snippet"
              />
            </Tabs>
          </div>
        )}
        <p className="mt-2 text-xs text-faint">
          {sandbox
            ? 'The sandbox answers by itself, without a provider key and without the internet.'
            : 'Your provider key passes through to the provider. It is never stored.'}
        </p>
      </Step>
      <Step number={3} title="Say who is calling">
        <p className="text-muted">
          Optional headers for the gateway; they are never sent on to the provider.
        </p>
        <dl className="mt-3 divide-y border-y">
          {HEADERS.map(([name, meaning]) => (
            <div key={name} className="flex flex-wrap items-baseline justify-between gap-x-6 py-2">
              <dt className="font-mono text-xs text-ink">{name}</dt>
              <dd className="text-muted">{meaning}</dd>
            </div>
          ))}
        </dl>
      </Step>
    </Page>
  )
}

const HEADERS = [
  ['Helicone-User-Id', 'The person or service that the call is for'],
  ['Helicone-Session-Id', 'Groups the calls of one task or conversation'],
  ['Helicone-Property-Environment', 'Anything of your own: Helicone-Property-<Name>'],
  ['Helicone-Omit-Request', 'true: the prompt is not kept, only its numbers are'],
] as const

interface StepProps {
  number: number
  title: string
  aside?: ReactNode
  children: ReactNode
}

function Step({ number, title, aside, children }: StepProps) {
  return (
    <section className="mt-10">
      <div className="mb-3 flex items-center gap-2.5">
        <span
          aria-hidden="true"
          className="flex size-5 items-center justify-center rounded-full bg-active text-2xs font-semibold text-muted"
        >
          {number}
        </span>
        <h2 className="flex-1 text-base font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

function Copyable({ label, value, testId }: { label: string; value: string; testId: string }) {
  return (
    <div className="flex items-center gap-3 py-1 pr-1.5 pl-4">
      <dt className="w-20 shrink-0 text-muted">{label}</dt>
      <dd className="min-w-0 flex-1 truncate font-mono text-xs text-ink" data-testid={testId}>
        {value}
      </dd>
      <CopyButton text={value} label={`Copy the ${label}`} />
    </div>
  )
}

function MakeKey({ onKey }: { onKey: (key: string) => void }) {
  const client = useQueryClient()
  const make = useMutation({
    mutationFn: () => api.createKey({ name: 'Get started', permissions: 'rw' }),
    onSuccess: (created) => {
      onKey(created.key)
      void client.invalidateQueries({ queryKey: ['keys'] })
    },
  })
  return (
    <div className="flex flex-wrap items-center gap-3 py-2 pr-2 pl-4">
      <dt className="w-20 shrink-0 text-muted">API key</dt>
      <dd className="flex flex-1 flex-wrap items-center gap-3">
        <Button
          size="sm"
          onClick={() => make.mutate()}
          disabled={make.isPending}
          data-testid="make-key"
        >
          <KeyRound className="size-3.5" aria-hidden="true" /> Make a key here
        </Button>
        <span className="text-muted">
          or use one of{' '}
          <Link to="/settings/keys" className="underline underline-offset-2">
            your keys
          </Link>
        </span>
        {make.isError && <span className="text-bad-ink">{make.error.message}</span>}
      </dd>
    </div>
  )
}
