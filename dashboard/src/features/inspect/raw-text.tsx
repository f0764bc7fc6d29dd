import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'

const LINE_PX = 20
const LINE_CHARACTERS = 4_000

/** Any length of text, line by line; SSE streams are thousands of short ones. */
export function RawText({ text, label }: { text: string; label: string }) {
  const scrollRef = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => text.split(/\r\n|\r|\n/), [text])
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  })
  return (
    <div
      ref={scrollRef}
      role="region"
      aria-label={label}
      tabIndex={0}
      className="h-full overflow-auto py-3 font-mono text-xs leading-5 focus-visible:-outline-offset-2"
    >
      <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            className="absolute inset-x-0 top-0 flex gap-4 pr-4 pl-4"
            style={{ transform: `translateY(${String(item.start)}px)` }}
          >
            <span className="w-8 shrink-0 text-right text-faint select-none" aria-hidden="true">
              {item.index + 1}
            </span>
            <span className="min-h-5 min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap text-ink">
              {lines[item.index]?.slice(0, LINE_CHARACTERS)}
            </span>
          </div>
        ))}
      </div>
    </div>
  )
}
