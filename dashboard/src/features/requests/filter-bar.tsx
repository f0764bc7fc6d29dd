/**
 * One line that filters: free text, and conditions as chips. Typing offers observed values; Enter takes the marked one,
 * Backspace at the start takes the last chip away.
 */
import { Search, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import type { KeyboardEvent, RefObject } from 'react'
import type { Facets } from '../../../../src/contracts/api/requests.ts'
import { Kbd } from '../../components/kbd.tsx'
import { FilterChip } from './filter-chip.tsx'
import { formatToken, isSameToken, parseToken } from './filter.ts'
import type { Token } from './filter.ts'
import { suggest } from './suggest.ts'
import type { Suggestion } from './suggest.ts'
import { SuggestionList } from './suggestion-list.tsx'

const DEBOUNCE_MS = 300

export interface FilterBarProps {
  tokens: readonly Token[]
  text: string
  facets: Facets | undefined
  inputRef: RefObject<HTMLInputElement | null>
  /** `isTyping`: the change goes on from the one before, and needs no history entry of its own. */
  onChange: (change: { tokens?: Token[]; text?: string }, isTyping?: boolean) => void
}

export function FilterBar({ tokens, text, facets, inputRef, onChange }: FilterBarProps) {
  const [draft, setDraft] = useState(text)
  const [lastText, setLastText] = useState(text)
  const [isOpen, setIsOpen] = useState(false)
  const [marked, setMarked] = useState(-1)
  const hasTyped = useRef(false)
  const listId = useId()
  // The address changed from outside: back, forward, a link.
  if (text !== lastText) {
    setLastText(text)
    setDraft(text)
  }
  const suggestions = isOpen ? suggest(draft, facets) : []

  const commitText = (next: string) => {
    setLastText(next)
    onChange({ text: next }, hasTyped.current)
    hasTyped.current = true
  }
  const isFieldDraft = /^-?[\w.-]+:/.test(draft.trim())
  const pending = draft !== lastText && !isFieldDraft
  const commitRef = useRef(commitText)
  useEffect(() => {
    commitRef.current = commitText
  })
  useEffect(() => {
    if (!pending) return
    const timer = window.setTimeout(
      () => commitRef.current(draft.trim() === '' ? '' : draft),
      DEBOUNCE_MS,
    )
    return () => window.clearTimeout(timer)
  }, [draft, pending])

  const add = (token: Token) => {
    const rest = tokens.filter((known) => !isSameToken(known, token))
    setDraft('')
    setLastText('')
    setMarked(-1)
    onChange({ tokens: [...rest, token], text: '' })
  }
  const take = (suggestion: Suggestion) => {
    if (suggestion.kind === 'token') add(suggestion.token)
    if (suggestion.kind === 'text') {
      commitText(suggestion.text)
      setDraft(suggestion.text)
      setIsOpen(false)
    }
    if (suggestion.kind === 'field') {
      setDraft(suggestion.prefix)
      setMarked(-1)
      inputRef.current?.focus()
    }
  }
  const enter = () => {
    const chosen = suggestions[marked]
    const token = parseToken(draft.trim())
    if (chosen) take(chosen)
    else if (token) add(token)
    else {
      commitText(draft.trim())
      setIsOpen(false)
    }
  }
  const handleKey = (event: KeyboardEvent<HTMLInputElement>) => {
    const last = tokens.at(-1)
    const { key } = event
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault()
      setIsOpen(true)
      const count = suggestions.length
      if (count > 0)
        setMarked((at) =>
          key === 'ArrowDown' ? (at + 1) % count : (Math.max(at, 0) - 1 + count) % count,
        )
    } else if (key === 'Enter') enter()
    else if (key === 'Tab' && marked >= 0 && suggestions[marked]) {
      event.preventDefault()
      take(suggestions[marked])
    } else if (key === 'Escape') {
      if (isOpen && suggestions.length > 0) setIsOpen(false)
      else event.currentTarget.blur()
    } else if (key === 'Backspace' && draft === '' && last) {
      onChange({ tokens: tokens.slice(0, -1) })
    }
  }
  const clear = () => {
    setDraft('')
    setLastText('')
    onChange({ tokens: [], text: '' })
    inputRef.current?.focus()
  }

  return (
    <div className="relative min-w-0 flex-1">
      <div className="flex min-h-8 flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface py-[3px] pr-1 pl-8 transition-colors focus-within:border-focus focus-within:ring-1 focus-within:ring-focus">
        <Search
          className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint"
          aria-hidden="true"
        />
        {tokens.map((token) => (
          <FilterChip
            key={formatToken(token)}
            token={token}
            onToggle={() =>
              onChange({
                tokens: tokens.map((known) =>
                  known === token ? { ...token, excluded: !token.excluded } : known,
                ),
              })
            }
            onRemove={() => onChange({ tokens: tokens.filter((known) => known !== token) })}
          />
        ))}
        <input
          ref={inputRef}
          role="combobox"
          aria-label="Filter requests"
          aria-expanded={suggestions.length > 0}
          aria-controls={listId}
          aria-activedescendant={marked >= 0 ? `${listId}-${String(marked)}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          data-testid="filter-input"
          value={draft}
          placeholder={tokens.length === 0 ? 'Filter by text, model:, status:, user: …' : ''}
          onChange={(event) => {
            setDraft(event.target.value)
            setIsOpen(true)
            setMarked(-1)
          }}
          onFocus={() => {
            hasTyped.current = false
            setIsOpen(true)
          }}
          onClick={() => setIsOpen(true)}
          onBlur={() => setIsOpen(false)}
          onKeyDown={handleKey}
          className="h-6 min-w-24 flex-1 bg-transparent px-1 text-sm text-ink outline-none max-md:text-base"
        />
        {tokens.length > 0 || draft !== '' ? (
          <button
            type="button"
            onClick={clear}
            aria-label="Clear the filter"
            data-testid="filter-clear"
            className="flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
          >
            <X className="size-3.5" aria-hidden="true" />
          </button>
        ) : (
          <span className="pr-1 max-md:hidden">
            <Kbd keys="/" />
          </span>
        )}
      </div>
      <SuggestionList
        id={listId}
        items={suggestions}
        marked={marked}
        onTake={take}
        onMark={setMarked}
      />
    </div>
  )
}
