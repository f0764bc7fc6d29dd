import { Database, Gauge, KeyRound, Rocket, Rows3, Settings2 } from 'lucide-react'

/** The pages of the rail, in order. A phone has room for some, and the rest lie under More. */
export const PAGES = [
  { to: '/', label: 'Requests', short: 'Requests', shortcut: 'g r', Icon: Rows3, isOnBar: true },
  { to: '/cache', label: 'Cache', short: 'Cache', shortcut: 'g c', Icon: Database, isOnBar: true },
  {
    to: '/rate-limits',
    label: 'Rate limits',
    short: 'Limits',
    shortcut: 'g l',
    Icon: Gauge,
    isOnBar: true,
  },
  {
    to: '/get-started',
    label: 'Get started',
    short: 'Start',
    shortcut: 'g s',
    Icon: Rocket,
    isOnBar: true,
  },
  {
    to: '/settings/keys',
    label: 'Keys',
    short: 'Keys',
    shortcut: 'g k',
    Icon: KeyRound,
    isOnBar: false,
  },
  {
    to: '/settings',
    label: 'Settings',
    short: 'Settings',
    shortcut: 'g ,',
    Icon: Settings2,
    isOnBar: false,
  },
] as const
