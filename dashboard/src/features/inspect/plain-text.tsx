/** Text as it was written, with its line breaks; only http and https addresses become links, and long text folds. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { cx } from '../../lib/cx.ts'

const FOLD_CHARACTERS = 4_000
const ADDRESS = /https?:\/\/[^\s<>"'`)\]}]+/g

export function PlainText({ text, className }: { text: string; className?: string }) {
  const [isOpen, setIsOpen] = useState(false)
  const isLong = text.length > FOLD_CHARACTERS * 1.2
  const shown = isLong && !isOpen ? text.slice(0, FOLD_CHARACTERS) : text
  return (
    <div>
      <p dir="auto" className={cx('wrap-anywhere-text', className)}>
        {withLinks(shown)}
        {isLong && !isOpen && '…'}
      </p>
      {isLong && (
        <button
          type="button"
          onClick={() => setIsOpen(!isOpen)}
          className="mt-1 rounded-sm text-xs font-medium text-muted underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          {isOpen ? 'Show less' : `Show all ${text.length.toLocaleString('en-US')} characters`}
        </button>
      )}
    </div>
  )
}

function withLinks(text: string): ReactNode[] {
  const parts: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(/[.,;:!?]+$/, '')
    if (!URL.canParse(address)) continue
    parts.push(text.slice(end, match.index))
    parts.push(
      <a
        key={match.index}
        href={address}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
      >
        {address}
      </a>,
    )
    end = match.index + address.length
  }
  parts.push(text.slice(end))
  return parts
}
