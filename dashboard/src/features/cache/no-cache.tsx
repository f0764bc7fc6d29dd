/** Nobody asked for the cache: how to. */
import { Database } from 'lucide-react'
import { useState } from 'react'
import { CodeBlock } from '../../components/code-block.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useSession } from '../session/use-session.ts'
import { cacheSnippets } from './snippets.ts'
import type { CacheSnippet } from './snippets.ts'

export function NoCache() {
  const snippets = cacheSnippets(useSession())
  const [language, setLanguage] = useState<CacheSnippet['value']>('curl')
  const code = snippets.find(({ value }) => value === language)?.code ?? ''
  return (
    <div className="mx-auto max-w-[42rem] py-6" data-testid="no-cache">
      <div className="mb-6 flex flex-col items-center gap-3 text-center">
        <div className="flex size-10 items-center justify-center rounded-xl border bg-raised text-faint shadow-card">
          <Database className="size-[18px]" aria-hidden="true" />
        </div>
        <h2 className="text-base font-medium text-ink">No call asked for the cache in this time</h2>
        <p className="max-w-[52ch] text-sm text-balance text-muted">
          One header, and the same question is answered from the nearest data centre: at once, and
          for nothing. Send this twice.
        </p>
      </div>
      <div className="overflow-hidden rounded-lg border">
        <Tabs
          value={language}
          onChange={setLanguage}
          items={snippets}
          label="Language"
          className="pt-1"
        >
          <CodeBlock code={code} className="rounded-none border-0" label="Copy the snippet" />
        </Tabs>
      </div>
    </div>
  )
}
