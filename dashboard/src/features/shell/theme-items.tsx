import { Monitor, Moon, Sun } from 'lucide-react'
import { MenuItem } from '../../components/menu.tsx'
import { setTheme, useTheme } from '../../lib/theme.ts'

const THEMES = [
  { value: 'system', label: 'System', Icon: Monitor },
  { value: 'light', label: 'Light', Icon: Sun },
  { value: 'dark', label: 'Dark', Icon: Moon },
] as const

export function ThemeItems() {
  const theme = useTheme()
  return THEMES.map(({ value, label, Icon }) => (
    <MenuItem
      key={value}
      icon={<Icon />}
      checked={theme === value}
      onSelect={() => setTheme(value)}
    >
      {label}
    </MenuItem>
  ))
}
