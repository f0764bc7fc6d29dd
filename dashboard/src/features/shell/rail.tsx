/** The left rail: icon and label, foldable to icons. */
import { Link } from '@tanstack/react-router'
import { BookOpen, ChevronsUpDown, CircleHelp, Link2, LogOut, PanelLeft } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { IconButton } from '../../components/button.tsx'
import { Mark } from '../../components/mark.tsx'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../components/menu.tsx'
import { Tooltip } from '../../components/tooltip.tsx'
import { cx } from '../../lib/cx.ts'
import { SignInLinkDialog } from '../session/sign-in-link-dialog.tsx'
import { useSession, useSignOut } from '../session/use-session.ts'
import { PAGES } from './navigation.ts'
import { ThemeItems } from './theme-items.tsx'

export interface RailProps {
  isFolded: boolean
  onFold: () => void
  onShortcuts: () => void
}

const ITEM =
  'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-muted transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:font-medium aria-[current=page]:text-ink [&>svg]:size-4 [&>svg]:shrink-0'

export function Rail({ isFolded, onFold, onShortcuts }: RailProps) {
  return (
    <nav
      aria-label="Main"
      data-testid="rail"
      className={cx(
        'flex shrink-0 flex-col gap-px border-r bg-canvas p-2 transition-[width] duration-150',
        isFolded ? 'w-[49px]' : 'w-52',
      )}
    >
      <div className={cx('mb-3 flex h-8 items-center', isFolded ? 'justify-center' : 'pl-1.5')}>
        {isFolded ? (
          <Mark />
        ) : (
          <>
            <Mark />
            <span className="ml-2 flex-1 text-base font-semibold tracking-[-0.015em]">
              Heliograph
            </span>
            <IconButton label="Fold the rail" shortcut="[" side="right" onClick={onFold}>
              <PanelLeft />
            </IconButton>
          </>
        )}
      </div>
      {PAGES.map(({ to, label, shortcut, Icon }) => (
        <Hint key={to} label={label} shortcut={shortcut} isFolded={isFolded}>
          <Link to={to} activeOptions={{ exact: true, includeSearch: false }} className={ITEM}>
            <Icon aria-hidden="true" />
            <span className={cx(isFolded && 'sr-only')}>{label}</span>
          </Link>
        </Hint>
      ))}
      <Hint label="API reference" shortcut="g d" isFolded={isFolded}>
        <a href="/docs" className={ITEM}>
          <BookOpen aria-hidden="true" />
          <span className={cx(isFolded && 'sr-only')}>API reference</span>
        </a>
      </Hint>
      <span className="flex-1" />
      <Hint label="Keyboard shortcuts" shortcut="?" isFolded={isFolded}>
        <button type="button" onClick={onShortcuts} className={ITEM}>
          <CircleHelp aria-hidden="true" />
          <span className={cx(isFolded && 'sr-only')}>Shortcuts</span>
        </button>
      </Hint>
      {isFolded && (
        <Hint label="Unfold the rail" shortcut="[" isFolded>
          <button type="button" onClick={onFold} className={ITEM}>
            <PanelLeft aria-hidden="true" />
            <span className="sr-only">Unfold the rail</span>
          </button>
        </Hint>
      )}
      <OrganizationMenu isFolded={isFolded} />
    </nav>
  )
}

function OrganizationMenu({ isFolded }: { isFolded: boolean }) {
  const { organization, environment } = useSession()
  const signOut = useSignOut()
  const [makesLink, setMakesLink] = useState(false)
  return (
    <>
      <Menu
        side="top"
        trigger={
          <button
            type="button"
            data-testid="organization-menu"
            className="mt-1 flex h-10 items-center gap-2 rounded-md px-1.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover"
          >
            <span
              aria-hidden="true"
              className="flex size-5 shrink-0 items-center justify-center rounded-sm bg-ink text-2xs font-semibold text-inverse"
            >
              {organization.name.slice(0, 1).toUpperCase()}
            </span>
            {isFolded ? (
              <span className="sr-only">{organization.name}</span>
            ) : (
              <>
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-sm leading-4 font-medium">
                    {organization.name}
                  </span>
                  <span className="block text-2xs leading-4 text-faint">
                    {environment === 'local' ? 'Local' : 'Production'}
                  </span>
                </span>
                <ChevronsUpDown className="size-3.5 text-faint" aria-hidden="true" />
              </>
            )}
          </button>
        }
      >
        <MenuLabel>Theme</MenuLabel>
        <ThemeItems />
        <MenuSeparator />
        <MenuItem icon={<Link2 />} onSelect={() => setMakesLink(true)}>
          Make a sign-in link
        </MenuItem>
        <MenuItem icon={<LogOut />} onSelect={signOut}>
          Sign out
        </MenuItem>
      </Menu>
      {makesLink && <SignInLinkDialog onClose={() => setMakesLink(false)} />}
    </>
  )
}

/** Labels are on show unless the rail is folded. */
function Hint(props: { label: string; shortcut: string; isFolded: boolean; children: ReactNode }) {
  if (!props.isFolded) return props.children
  return (
    <Tooltip label={props.label} shortcut={props.shortcut} side="right">
      {props.children}
    </Tooltip>
  )
}
