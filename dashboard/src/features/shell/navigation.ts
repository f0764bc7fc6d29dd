import { KeyRound, Rocket, Rows3 } from 'lucide-react'

/** The pages of the rail, in order. */
export const PAGES = [
  { to: '/', label: 'Requests', short: 'Requests', shortcut: 'g r', Icon: Rows3 },
  { to: '/get-started', label: 'Get started', short: 'Start', shortcut: 'g s', Icon: Rocket },
  { to: '/settings/keys', label: 'Keys', short: 'Keys', shortcut: 'g k', Icon: KeyRound },
] as const
