import { CalendarClock, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Field, Input } from '../../components/field.tsx'
import { Popover } from '../../components/popover.tsx'
import { labelOf, PRESETS } from './time-range.ts'
import type { Preset, TimeRange } from './time-range.ts'

export interface TimeMenuProps {
  range: TimeRange
  /** Without the end of time, where every moment of the range is looked at. */
  isBounded?: boolean
  onPreset: (preset: Preset) => void
  /** ISO times. */
  onFixed: (from: string | undefined, to: string | undefined) => void
}

export function TimeMenu({ range, isBounded = false, onPreset, onFixed }: TimeMenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const isBackwards = from !== '' && to !== '' && from > to
  const open = (next: boolean) => {
    setIsOpen(next)
    setFrom(range.from === null ? '' : localInput(range.from))
    setTo(range.to === null ? '' : localInput(range.to))
  }
  return (
    <Popover
      open={isOpen}
      onOpenChange={open}
      label="Time range"
      align="end"
      className="flex w-[min(26rem,calc(100vw-1rem))]"
      trigger={
        <Button data-testid="time-range">
          <CalendarClock className="size-4 text-faint" aria-hidden="true" />
          <span className="max-sm:hidden">{labelOf(range)}</span>
          <span className="sm:hidden">{range.preset ?? 'Custom'}</span>
          <ChevronDown className="size-3.5 text-faint" aria-hidden="true" />
        </Button>
      }
    >
      <div className="w-40 shrink-0 border-r p-1">
        {PRESETS.filter(({ ms }) => ms !== null || !isBounded).map(({ value, label }) => (
          <button
            key={value}
            type="button"
            aria-pressed={range.preset === value}
            data-testid={`range-${value}`}
            onClick={() => {
              onPreset(value)
              setIsOpen(false)
            }}
            className="flex h-8 w-full items-center rounded-md px-2 text-left text-sm text-muted hover:bg-hover hover:text-ink aria-pressed:bg-active aria-pressed:font-medium aria-pressed:text-ink"
          >
            {label}
          </button>
        ))}
      </div>
      <form
        className="flex min-w-0 flex-1 flex-col gap-3 p-3"
        onSubmit={(event) => {
          event.preventDefault()
          onFixed(isoOf(from), isoOf(to))
          setIsOpen(false)
        }}
      >
        <Field label="From" htmlFor="range-from">
          <Input
            id="range-from"
            type="datetime-local"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        </Field>
        <Field label="To" htmlFor="range-to">
          <Input
            id="range-to"
            type="datetime-local"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </Field>
        <p className="text-xs text-faint">
          {isBackwards ? (
            <span className="text-bad-ink">The end lies before the start.</span>
          ) : (
            `In your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`
          )}
        </p>
        <span className="flex-1" />
        <Button
          type="submit"
          variant="primary"
          disabled={isBackwards || (from === '' && to === '')}
        >
          Apply
        </Button>
      </form>
    </Popover>
  )
}

function localInput(epochMs: number): string {
  const date = new Date(epochMs)
  return new Date(epochMs - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function isoOf(local: string): string | undefined {
  const at = local === '' ? Number.NaN : new Date(local).getTime()
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
