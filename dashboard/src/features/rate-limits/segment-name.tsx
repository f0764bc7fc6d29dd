import { Building2, KeyRound, Tag, User } from 'lucide-react'
import type { Segment } from './segment.ts'

const ICONS = { organization: Building2, user: User, key: KeyRound, property: Tag }
const KINDS = { organization: 'Organisation', user: 'User', key: 'Key', property: 'Property' }

export function SegmentName({ segment }: { segment: Segment }) {
  const { kind, label, value } = segment
  const Icon = ICONS[kind]
  return (
    <span className="flex min-w-0 items-center gap-2" title={`${KINDS[kind]}: ${value}`}>
      <Icon className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
      {kind === 'property' && <span className="shrink-0 text-faint">{label}</span>}
      <span dir="auto" className="truncate font-medium text-ink">
        {value}
      </span>
    </span>
  )
}
