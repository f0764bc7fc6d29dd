/** The rail of a phone: a bar at the bottom, where thumbs are. */
import { Link, useNavigate } from '@tanstack/react-router'
import { BookOpen, Ellipsis, LogOut } from 'lucide-react'
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from '../../components/menu.tsx'
import { useSession, useSignOut } from '../session/use-session.ts'
import { PAGES } from './navigation.ts'
import { ThemeItems } from './theme-items.tsx'

const ITEM =
  'flex h-13 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-faint aria-[current=page]:text-ink aria-[current=page]:font-medium [&>svg]:size-[18px] focus-visible:-outline-offset-2'

export function PhoneBar() {
  const { organization } = useSession()
  const navigate = useNavigate()
  const signOut = useSignOut()
  return (
    <nav
      aria-label="Main"
      data-testid="phone-bar"
      className="flex shrink-0 border-t bg-canvas pb-[env(safe-area-inset-bottom)]"
    >
      {PAGES.filter(({ isOnBar }) => isOnBar).map(({ to, short, Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          className={ITEM}
        >
          <Icon aria-hidden="true" />
          {short}
        </Link>
      ))}
      <Menu
        side="top"
        align="end"
        trigger={
          <button type="button" className={ITEM}>
            <Ellipsis aria-hidden="true" />
            More
          </button>
        }
      >
        <MenuLabel>{organization.name}</MenuLabel>
        {PAGES.filter(({ isOnBar }) => !isOnBar).map(({ to, label, Icon }) => (
          <MenuItem key={to} icon={<Icon />} onSelect={() => void navigate({ to })}>
            {label}
          </MenuItem>
        ))}
        <MenuLink icon={<BookOpen />} href="/docs">
          API reference
        </MenuLink>
        <MenuSeparator />
        <MenuLabel>Theme</MenuLabel>
        <ThemeItems />
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={signOut}>
          Sign out
        </MenuItem>
      </Menu>
    </nav>
  )
}
