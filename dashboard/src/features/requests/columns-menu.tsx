import { Settings2 } from 'lucide-react'
import { IconButton } from '../../components/button.tsx'
import { Menu, MenuItem, MenuLabel } from '../../components/menu.tsx'
import { COLUMN_IDS, COLUMN_LOOKS } from './columns.tsx'

/** Without these two a row says nothing. */
const ALWAYS = new Set<string>(['time', 'preview'])

export interface ColumnsMenuProps {
  hidden: ReadonlySet<string>
  onToggle: (id: string) => void
}

export function ColumnsMenu({ hidden, onToggle }: ColumnsMenuProps) {
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label="Columns" className="size-8 max-md:hidden">
          <Settings2 />
        </IconButton>
      }
    >
      <MenuLabel>Columns, where there is room</MenuLabel>
      {COLUMN_IDS.filter((id) => !ALWAYS.has(id)).map((id) => (
        <MenuItem key={id} checked={!hidden.has(id)} onSelect={() => onToggle(id)}>
          {COLUMN_LOOKS[id].label}
        </MenuItem>
      ))}
    </Menu>
  )
}
