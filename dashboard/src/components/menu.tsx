import { DropdownMenu } from 'radix-ui'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'

export interface MenuProps {
  trigger: ReactNode
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'bottom' | 'right'
  children: ReactNode
}

/** Not modal: the page behind stays alive, and no style is injected. */
export function Menu({ trigger, align = 'start', side = 'bottom', children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-lg bg-raised p-1 shadow-pop animate-pop"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const ITEM =
  'flex h-8 w-full select-none items-center gap-2 rounded-md px-2 text-sm text-ink outline-none data-[highlighted]:bg-hover [&>svg]:size-4 [&>svg]:text-faint'

export interface MenuItemProps {
  icon?: ReactNode
  checked?: boolean
  hint?: ReactNode
  onSelect: () => void
  children: ReactNode
}

export function MenuItem({ icon, checked, hint, onSelect, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item className={ITEM} onSelect={onSelect}>
      {icon}
      <span className="flex-1 truncate">{children}</span>
      {hint}
      {checked === true && <Check aria-label="selected" />}
    </DropdownMenu.Item>
  )
}

export function MenuLink({
  icon,
  href,
  children,
}: Pick<MenuItemProps, 'icon' | 'children'> & { href: string }) {
  return (
    <DropdownMenu.Item asChild>
      <a className={ITEM} href={href}>
        {icon}
        <span className="flex-1 truncate">{children}</span>
      </a>
    </DropdownMenu.Item>
  )
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-2xs font-medium text-faint">
      {children}
    </DropdownMenu.Label>
  )
}
