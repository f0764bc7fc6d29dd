/** Calls that asked for the cache over time, stacked by how they were answered. Drawn by hand, in px. */
import { useRef, useState } from 'react'
import type { CacheOverview, CachePoint } from '../../../../src/contracts/api/cache.ts'
import { cx } from '../../lib/cx.ts'
import { formatCount, formatShortCount } from '../../lib/format.ts'
import { useWidth } from '../../lib/use-width.ts'
import { ChartTable } from './chart-table.tsx'
import { bucketLabel, niceTop, tickLabel, timeTicks } from './chart-scale.ts'
import { KINDS } from './kinds.ts'

const HEIGHT_PX = 176
const TOP_PX = 8
const BOTTOM_PX = 22
const LEFT_PX = 34
const TICK_PX = 76
/** As wide as `Sep 2026`. */
const TICK_TEXT_PX = 52
const WIDEST_BAR_PX = 22

export function CacheChart({ overview }: { overview: CacheOverview }) {
  const { series, bucketMs } = overview
  const frameRef = useRef<HTMLDivElement>(null)
  const width = useWidth(frameRef)
  const [pointed, setPointed] = useState<number | null>(null)
  const plot = Math.max(0, width - LEFT_PX)
  const step = plot / Math.max(1, series.length)
  const point = pointed === null ? undefined : series[pointed]
  return (
    <figure data-testid="cache-chart">
      <figcaption className="mb-2 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        {KINDS.map(({ kind, label, swatch }) => (
          <span key={kind} className="inline-flex items-center gap-1.5 text-muted">
            <span className={cx('size-2 rounded-[2px]', swatch)} aria-hidden="true" />
            {label}
            {point !== undefined && (
              <span className="font-medium text-ink">{formatCount(point[kind])}</span>
            )}
          </span>
        ))}
        <span className="ml-auto text-faint" aria-hidden="true">
          {point !== undefined && bucketLabel(point.at, bucketMs)}
        </span>
      </figcaption>
      <div
        ref={frameRef}
        style={{ height: HEIGHT_PX }}
        onPointerLeave={() => setPointed(null)}
        onPointerMove={(event) => {
          const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT_PX
          const index = Math.floor(x / step)
          setPointed(index >= 0 && index < series.length ? index : null)
        }}
      >
        {width > 0 && (
          <svg
            role="img"
            aria-label={describe(overview)}
            width={width}
            height={HEIGHT_PX}
            className="block overflow-visible"
          >
            <Plot overview={overview} width={width} step={step} pointed={pointed} />
          </svg>
        )}
      </div>
      <ChartTable overview={overview} />
    </figure>
  )
}

interface PlotProps {
  overview: CacheOverview
  width: number
  step: number
  pointed: number | null
}

function Plot({ overview: { series, bucketMs }, width, step, pointed }: PlotProps) {
  const top = niceTop(Math.max(1, ...series.map(totalOf)))
  const bottom = HEIGHT_PX - BOTTOM_PX
  const y = (count: number) => bottom - (count / top) * (bottom - TOP_PX)
  const from = series[0]?.at ?? 0
  const to = (series.at(-1)?.at ?? 0) + bucketMs
  const x = (at: number) => LEFT_PX + ((at - from) / Math.max(1, to - from)) * (width - LEFT_PX)
  return (
    <>
      {(top % 2 === 0 ? [0, 0.5, 1] : [0, 1]).map((share) => (
        <g key={share}>
          <line
            x1={LEFT_PX}
            x2={width}
            y1={y(top * share)}
            y2={y(top * share)}
            className={share === 0 ? 'stroke-line-strong' : 'stroke-line'}
            shapeRendering="crispEdges"
          />
          <text
            x={LEFT_PX - 8}
            y={y(top * share) + 4}
            textAnchor="end"
            className="fill-faint text-2xs"
          >
            {formatShortCount(top * share)}
          </text>
        </g>
      ))}
      {timeTicks(from, to, Math.floor((width - LEFT_PX) / TICK_PX))
        .filter((at) => x(at) < width - TICK_TEXT_PX)
        .map((at) => (
          <text key={at} x={x(at)} y={HEIGHT_PX - 5} className="fill-faint text-2xs">
            {tickLabel(at, to - from)}
          </text>
        ))}
      {pointed !== null && (
        <rect
          x={LEFT_PX + pointed * step}
          y={TOP_PX}
          width={step}
          height={bottom - TOP_PX}
          className="fill-hover"
        />
      )}
      {series.map((point, at) => (
        <Bar key={point.at} point={point} x={LEFT_PX + at * step} step={step} y={y} />
      ))}
    </>
  )
}

interface BarProps {
  point: CachePoint
  x: number
  step: number
  /** Height of a count. */
  y: (count: number) => number
}

/** The lowest is what the cache is for. */
function Bar({ point, x, step, y }: BarProps) {
  const gap = step > 3 ? Math.max(1, Math.round(step * 0.2)) : 0
  const width = Math.min(WIDEST_BAR_PX, Math.max(1, step - gap))
  let below = 0
  return KINDS.map(({ kind, ink }) => {
    const from = below
    below += point[kind]
    if (point[kind] === 0) return null
    return (
      <rect
        key={kind}
        x={x + (step - width) / 2}
        y={y(below)}
        width={width}
        // What happened once in a thousand still shows, and a line of ground parts what is high enough.
        height={partedHeight(y(from) - y(below), from > 0)}
        className={ink}
      />
    )
  })
}

function partedHeight(height: number, isAboveAnother: boolean): number {
  return isAboveAnother && height > 3 ? height - 1 : Math.max(1, height)
}

function totalOf(point: CachePoint): number {
  return KINDS.reduce((sum, { kind }) => sum + point[kind], 0)
}

function describe(overview: CacheOverview): string {
  const parts = KINDS.map(
    ({ kind, label }) => `${formatCount(overview[kind])} ${label.toLowerCase()}`,
  )
  return `Calls that asked for the cache, over time: ${parts.join(', ')}.`
}
