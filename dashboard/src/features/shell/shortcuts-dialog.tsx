import { Dialog } from '../../components/dialog.tsx'
import { Kbd } from '../../components/kbd.tsx'

const GROUPS = [
  {
    title: 'Requests',
    rows: [
      ['j', 'Next request'],
      ['k', 'Previous request'],
      ['↵', 'Open the request'],
      ['esc', 'Close the request'],
      ['1 – 6', 'Switch its tab'],
      ['/', 'Filter'],
      ['.', 'Live on or off'],
      ['r', 'Refresh'],
    ],
  },
  {
    title: 'Anywhere',
    rows: [
      ['g r', 'Go to Requests'],
      ['g c', 'Go to Cache'],
      ['g l', 'Go to Rate limits'],
      ['g s', 'Go to Get started'],
      ['g k', 'Go to Keys'],
      ['g ,', 'Go to Settings'],
      ['g d', 'Go to API docs'],
      ['t', 'Light or dark'],
      ['[', 'Fold the rail'],
      ['?', 'This list'],
    ],
  },
] as const

export interface ShortcutsDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
}

export function ShortcutsDialog(props: ShortcutsDialogProps) {
  return (
    <Dialog {...props} title="Keyboard shortcuts" testId="shortcuts">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1.5 text-xs font-medium text-faint">{group.title}</h3>
            <dl>
              {group.rows.map(([keys, meaning]) => (
                <div key={keys} className="flex items-center justify-between gap-4 py-[5px]">
                  <dt className="text-sm text-ink">{meaning}</dt>
                  <dd>{keys === '1 – 6' ? <KeyRange /> : <Kbd keys={keys} />}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

function KeyRange() {
  return (
    <span className="inline-flex items-center gap-1 text-faint">
      <Kbd keys="1" />–<Kbd keys="6" />
    </span>
  )
}
