import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { cx } from '../../lib/cx.ts'
import { jsonLines } from './json-lines.ts'
import type { JsonLine } from './json-lines.ts'

const LINE_PX = 20
const INKS: Record<JsonLine['kind'], string> = {
  string: 'text-ok-ink',
  number: 'text-info-ink',
  boolean: 'text-violet-ink',
  null: 'text-faint',
  object: 'text-faint',
  array: 'text-faint',
}

/** Fills its parent, which must have a height. */
export function JsonTree({ value, label }: { value: unknown; label: string }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const scrollRef = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => jsonLines(value, toggled), [value, toggled])
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => LINE_PX,
    getItemKey: (index) => lines[index]?.path ?? index,
    overscan: 20,
  })
  const toggle = (path: string) => {
    const next = new Set(toggled)
    if (!next.delete(path)) next.add(path)
    setToggled(next)
  }
  return (
    <div
      ref={scrollRef}
      role="tree"
      aria-label={label}
      tabIndex={0}
      className="h-full overflow-auto overscroll-contain py-3 focus-visible:-outline-offset-2"
    >
      <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index]
          if (!line) return null
          return (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${String(item.start)}px)` }}
            >
              <Line line={line} onToggle={() => toggle(line.path)} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Line({ line, onToggle }: { line: JsonLine; onToggle: () => void }) {
  const isBranch = line.size > 0
  const brackets = line.kind === 'array' ? '[…]' : '{…}'
  return (
    <div
      role="treeitem"
      aria-level={line.depth + 1}
      aria-expanded={isBranch ? line.isOpen : undefined}
      aria-selected={false}
      tabIndex={isBranch ? 0 : -1}
      onClick={isBranch ? onToggle : undefined}
      onKeyDown={(event) => {
        const wants =
          event.key === 'Enter' ||
          event.key === ' ' ||
          (event.key === 'ArrowRight' && !line.isOpen) ||
          (event.key === 'ArrowLeft' && line.isOpen)
        if (!isBranch || !wants) return
        event.preventDefault()
        onToggle()
      }}
      className={cx(
        'flex items-start gap-1 pr-4 font-mono text-xs leading-5 focus-visible:-outline-offset-2',
        isBranch && 'cursor-default hover:bg-hover',
      )}
      style={{ paddingLeft: 12 + line.depth * 16 }}
    >
      <span className="flex h-5 w-3.5 shrink-0 items-center">
        {isBranch && (
          <ChevronRight
            className={cx('size-3 text-faint transition-transform', line.isOpen && 'rotate-90')}
            aria-hidden="true"
          />
        )}
      </span>
      <span className="min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap">
        {line.name !== null && (
          <>
            <span className="text-ink">{line.name}</span>
            <span className="text-faint">: </span>
          </>
        )}
        <span className={INKS[line.kind]}>
          {isBranch ? (line.isOpen ? '' : brackets) : line.text}
          {isBranch && (
            <span className="font-sans text-2xs text-faint">
              {line.isOpen ? '' : ' '}
              {line.size} {line.size === 1 ? 'item' : 'items'}
            </span>
          )}
        </span>
      </span>
    </div>
  )
}
