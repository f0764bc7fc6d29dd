import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'

export interface TabItem<T extends string> {
  value: T
  label: string
  /** Small figure beside the label. */
  note?: ReactNode
}

export interface TabsProps<T extends string> {
  value: T
  onChange: (value: T) => void
  items: readonly TabItem<T>[]
  label: string
  className?: string
  /** Content of the chosen tab only. */
  children: ReactNode
  panelClassName?: string
}

export function Tabs<T extends string>(props: TabsProps<T>) {
  return (
    <Radix.Root
      value={props.value}
      onValueChange={(value) => props.onChange(value as T)}
      className={cx('flex min-h-0 flex-col', props.className)}
    >
      <div className="shrink-0 border-b">
        <Radix.List
          aria-label={props.label}
          // What does not fit fades out, and scrolls; the end of the list lies clear of the fade.
          className="flex gap-0.5 overflow-x-auto pl-2.5 after:w-5 after:shrink-0 [mask-image:linear-gradient(to_right,#000_calc(100%-20px),#0003)] [scrollbar-width:none]"
        >
          {props.items.map((item) => (
            <Radix.Trigger
              key={item.value}
              value={item.value}
              data-testid={`tab-${item.value}`}
              className="relative flex h-9 shrink-0 items-center gap-1.5 rounded-t-md px-2.5 text-sm text-muted transition-colors after:absolute after:inset-x-2.5 after:bottom-0 after:h-0.5 after:rounded-full hover:text-ink focus-visible:-outline-offset-2 data-[state=active]:font-medium data-[state=active]:text-ink data-[state=active]:after:bg-accent"
            >
              {item.label}
              {item.note}
            </Radix.Trigger>
          ))}
        </Radix.List>
      </div>
      <Radix.Content
        value={props.value}
        className={cx('min-h-0 flex-1 outline-none', props.panelClassName)}
      >
        {props.children}
      </Radix.Content>
    </Radix.Root>
  )
}
