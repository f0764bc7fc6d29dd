/** First run of a deployed Heliograph: the token of the deploy makes the organisation and its first key. */
import { useMutation } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Button, buttonClass } from '../components/button.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { Field, Input } from '../components/field.tsx'
import { Wordmark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { DoorPage } from '../components/page.tsx'
import { api } from '../lib/api.ts'

const route = getRouteApi('/setup')

export function SetupPage() {
  const { token } = route.useSearch()
  const navigate = route.useNavigate()
  // Kept here, so that the address can lose it.
  const [setupToken, setSetupToken] = useState(token ?? '')
  const [name, setName] = useState('')
  const setUp = useMutation({
    mutationFn: () => api.setUp({ token: setupToken.trim(), organizationName: name.trim() }),
  })
  useEffect(() => {
    document.title = 'Set up · Heliograph'
    if (token !== undefined) void navigate({ search: {}, replace: true })
  }, [token, navigate])

  return (
    <DoorPage title="Set up">
      <Wordmark className="mb-6" />
      <div className="rounded-xl border bg-raised p-6 shadow-card">
        {setUp.isSuccess ? (
          <div data-testid="setup-done">
            <h2 className="text-lg font-semibold tracking-[-0.01em]">
              {setUp.data.organization.name} is ready
            </h2>
            <p className="mt-2 text-muted">
              This is your first API key. It is shown this once, and only its hash is stored: copy
              it to a safe place now.
            </p>
            <CodeBlock code={setUp.data.apiKey} label="Copy the key" className="mt-4" wrap />
            <a href="/get-started" className={buttonClass('primary', 'md', 'mt-5 w-full')}>
              I have copied it, go on
            </a>
          </div>
        ) : (
          <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              setUp.mutate()
            }}
          >
            <div>
              <h2 className="text-lg font-semibold tracking-[-0.01em]">Set up Heliograph</h2>
              <p className="mt-1 text-muted">
                One minute, once. The deploy printed a link with the set-up token.
              </p>
            </div>
            {setUp.isError && (
              <Notice kind="bad" title="That did not work" testId="setup-error">
                {setUp.error.message}
              </Notice>
            )}
            {(token === undefined && setupToken === '') || setUp.isError ? (
              <Field label="Set-up token" htmlFor="setup-token">
                <Input
                  id="setup-token"
                  value={setupToken}
                  onChange={(event) => setSetupToken(event.target.value)}
                  autoComplete="off"
                  required
                />
              </Field>
            ) : null}
            <Field
              label="Organisation"
              htmlFor="organization-name"
              hint="Shown in the dashboard; can be changed later."
            >
              <Input
                id="organization-name"
                data-testid="organization-name"
                value={name}
                onChange={(event) => setName(event.target.value)}
                placeholder="Acme"
                maxLength={80}
                autoComplete="organization"
                required
              />
            </Field>
            <Button
              type="submit"
              variant="primary"
              disabled={setUp.isPending || name.trim() === '' || setupToken.trim() === ''}
            >
              {setUp.isPending ? 'Setting up…' : 'Create organisation and key'}
            </Button>
          </form>
        )}
      </div>
    </DoorPage>
  )
}
