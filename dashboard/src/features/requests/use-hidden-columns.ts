/** Columns that the reader has switched off, remembered by this browser. */
import { useState } from 'react'
import { readPreference, writePreference } from '../../lib/storage.ts'

const NAME = 'hidden-columns'

export function useHiddenColumns() {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(
    () => new Set(readPreference(NAME)?.split(' ').filter(Boolean) ?? []),
  )
  const toggleHidden = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    setHidden(next)
    writePreference(NAME, next.size === 0 ? null : [...next].join(' '))
  }
  return { hidden, toggleHidden }
}
