/** The door. A one-time link signs in by itself, and leaves the address without its token. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { Wordmark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { DoorPage } from '../components/page.tsx'
import { Spinner } from '../components/skeleton.tsx'
import { api } from '../lib/api.ts'
import { queryClient } from '../lib/query-client.ts'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  const { token, next } = route.useSearch()
  const navigate = route.useNavigate()
  const [failure, setFailure] = useState<string | null>(null)
  // A query runs once for a token, however often the page is drawn.
  const attempt = useQuery({
    queryKey: ['sign-in', token],
    queryFn: () => signIn(token ?? ''),
    enabled: token !== undefined,
    retry: false,
    staleTime: Infinity,
  })

  useEffect(() => {
    if (attempt.isSuccess) {
      queryClient.removeQueries({ queryKey: ['session'] })
      // History, not assign: the token must not stay behind in it.
      void navigate({ href: next ?? '/', replace: true })
    }
    if (attempt.isError) {
      setFailure(attempt.error.message)
      void navigate({ search: next === undefined ? {} : { next }, replace: true })
    }
  }, [attempt.isSuccess, attempt.isError, attempt.error, navigate, next])

  useEffect(() => {
    document.title = 'Sign in · Heliograph'
  }, [])

  return (
    <DoorPage title="Sign in">
      <Wordmark className="mb-6" />
      <div className="rounded-xl border bg-raised p-6 shadow-card">
        {token !== undefined && failure === null ? (
          <Spinner label="Signing you in" />
        ) : (
          <>
            <h2 className="text-lg font-semibold tracking-[-0.01em]">Sign in with a link</h2>
            {failure !== null && (
              <Notice
                kind="bad"
                title="This link did not work"
                className="mt-3"
                testId="sign-in-error"
              >
                {failure}
              </Notice>
            )}
            <p className="mt-3 text-muted">
              There is no password. On your own machine, the start command prints a link that signs
              you in:
            </p>
            <CodeBlock code="npm start" className="mt-3" label="Copy the command" />
            <p className="mt-4 text-muted">
              On a deployed Heliograph, ask somebody who is signed in, or make a new link where it
              was deployed from:
            </p>
            <CodeBlock code="npm run sign-in-link" className="mt-3" label="Copy the command" />
            <PasteLink
              onToken={(pasted) =>
                void navigate({
                  search: { token: pasted, ...(next === undefined ? {} : { next }) },
                  replace: true,
                })
              }
              onStart={() => setFailure(null)}
            />
          </>
        )}
      </div>
    </DoorPage>
  )
}

/** For links that were copied as text, in another terminal or on another machine. */
function PasteLink({
  onToken,
  onStart,
}: {
  onToken: (token: string) => void
  onStart: () => void
}) {
  const [text, setText] = useState('')
  const token = /[?&]token=([^&\s]+)/.exec(text)?.[1] ?? text.trim()
  return (
    <form
      className="mt-5 flex gap-2 border-t pt-5"
      onSubmit={(event) => {
        event.preventDefault()
        onStart()
        onToken(decodeURIComponent(token))
      }}
    >
      <input
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label="Sign-in link"
        placeholder="Or paste the link here"
        autoComplete="off"
        data-testid="sign-in-link"
        className="h-8 min-w-0 flex-1 rounded-md border border-control bg-surface px-2.5 text-sm"
      />
      <Button type="submit" variant="primary" disabled={token === ''}>
        Sign in
      </Button>
    </form>
  )
}

/** A used link is no trouble for somebody who is in already. */
async function signIn(token: string): Promise<true> {
  try {
    await api.signIn(token)
  } catch (error) {
    await api.session().catch(() => {
      throw error
    })
  }
  return true
}
