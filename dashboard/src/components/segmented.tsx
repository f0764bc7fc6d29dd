import { ToggleGroup } from 'radix-ui'
import { cx } from '../lib/cx.ts'

export interface SegmentedProps<T extends string> {
  value: T
  onChange: (value: T) => void
  items: readonly { value: T; label: string }[]
  label: string
  /** `md` stands beside fields. */
  size?: 'sm' | 'md'
  className?: string
}

export function Segmented<T extends string>(props: SegmentedProps<T>) {
  return (
    <ToggleGroup.Root
      type="single"
      value={props.value}
      aria-label={props.label}
      // An empty value means that the pressed one was pressed again.
      onValueChange={(value) => value !== '' && props.onChange(value as T)}
      className={cx('inline-flex rounded-md bg-sunken p-0.5 ring-1 ring-line', props.className)}
    >
      {props.items.map((item) => (
        <ToggleGroup.Item
          key={item.value}
          value={item.value}
          data-testid={`option-${item.value}`}
          className={cx(
            props.size === 'md' ? 'h-8 flex-auto px-2.5 text-sm max-sm:px-1.5' : 'h-6 px-2 text-xs',
            'rounded-sm text-muted transition-colors hover:text-ink data-[state=on]:bg-thumb data-[state=on]:font-medium data-[state=on]:text-ink data-[state=on]:shadow-card data-[state=on]:ring-1 data-[state=on]:ring-line',
          )}
        >
          {item.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
