/** What surrounds every page behind the session: the rail (or the bar of a phone), and shortcuts that work anywhere. */
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Rail } from '../features/shell/rail.tsx'
import { PhoneBar } from '../features/shell/phone-bar.tsx'
import { ShortcutsDialog } from '../features/shell/shortcuts-dialog.tsx'
import { useHotkeys } from '../lib/hotkeys.ts'
import { NARROW, useMedia } from '../lib/media.ts'
import { SIGNED_OUT_EVENT } from '../lib/query-client.ts'
import { readPreference, writePreference } from '../lib/storage.ts'
import { toggleTheme } from '../lib/theme.ts'

export function Shell() {
  const navigate = useNavigate()
  const router = useRouter()
  const isNarrow = useMedia(NARROW)
  const isMedium = useMedia('(max-width: 1023px)')
  const [folded, setFolded] = useState(readPreference('rail') ?? 'auto')
  const [showsShortcuts, setShowsShortcuts] = useState(false)
  const isFolded = folded === 'auto' ? isMedium : folded === 'folded'
  const fold = () => {
    const next = isFolded ? 'open' : 'folded'
    setFolded(next)
    writePreference('rail', next)
  }

  useHotkeys({
    'g r': () => void navigate({ to: '/' }),
    'g c': () => void navigate({ to: '/cache' }),
    'g l': () => void navigate({ to: '/rate-limits' }),
    'g ,': () => void navigate({ to: '/settings' }),
    'g s': () => void navigate({ to: '/get-started' }),
    'g k': () => void navigate({ to: '/settings/keys' }),
    'g d': () => location.assign('/docs'),
    '[': fold,
    t: toggleTheme,
    '?': () => setShowsShortcuts(true),
  })

  // The guard of this route asks for the session again, and leads to the sign-in page.
  useEffect(() => {
    const leave = () => void router.invalidate()
    window.addEventListener(SIGNED_OUT_EVENT, leave)
    return () => window.removeEventListener(SIGNED_OUT_EVENT, leave)
  }, [router])

  const openShortcuts = () => setShowsShortcuts(true)
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-ink px-3 py-2 text-inverse focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      {!isNarrow && <Rail isFolded={isFolded} onFold={fold} onShortcuts={openShortcuts} />}
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
      {isNarrow && <PhoneBar />}
      <ShortcutsDialog open={showsShortcuts} onOpenChange={setShowsShortcuts} />
    </div>
  )
}
