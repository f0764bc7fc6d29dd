import { Switch as Radix } from 'radix-ui'

export interface SwitchProps {
  checked: boolean
  onChange: (checked: boolean) => void
  label: string
  testId?: string | undefined
}

export function Switch({ checked, onChange, label, testId }: SwitchProps) {
  return (
    <label className="inline-flex cursor-pointer items-center gap-2 text-sm text-muted select-none">
      <Toggle checked={checked} onChange={onChange} label={label} testId={testId} />
      {label}
    </label>
  )
}

/** The switch alone, where its label stands elsewhere. */
export function Toggle({ checked, onChange, label, testId }: SwitchProps) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={onChange}
      data-testid={testId}
      aria-label={label}
      className="h-[18px] w-8 rounded-full bg-control p-0.5 transition-colors data-[state=checked]:bg-ink"
    >
      <Radix.Thumb className="block size-3.5 rounded-full bg-raised transition-transform data-[state=checked]:translate-x-3.5" />
    </Radix.Root>
  )
}
