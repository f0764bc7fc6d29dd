import { Button } from '../../components/button.tsx'
import { LiveDot } from '../../components/live-dot.tsx'
import { Tooltip } from '../../components/tooltip.tsx'
import { useLiveState } from '../../lib/live.ts'

const WORDS = {
  live: { label: 'Live', hint: 'New requests appear by themselves' },
  connecting: { label: 'Live', hint: 'Connecting…' },
  offline: { label: 'Offline', hint: 'The live feed is away; trying again' },
}

export function LiveToggle({ isOn, onToggle }: { isOn: boolean; onToggle: () => void }) {
  const state = useLiveState()
  const words = isOn ? WORDS[state] : { label: 'Paused', hint: 'New requests are not shown' }
  const dot = !isOn || state === 'offline' ? 'off' : state === 'live' ? 'live' : 'waiting'
  return (
    <Tooltip label={words.hint} shortcut=".">
      <Button
        aria-pressed={isOn}
        onClick={onToggle}
        data-testid="live-indicator"
        data-state={isOn ? state : 'paused'}
      >
        <LiveDot state={dot} />
        {words.label}
      </Button>
    </Tooltip>
  )
}
