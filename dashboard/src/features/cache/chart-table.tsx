/** The chart for those who do not see it. */
import type { CacheOverview } from '../../../../src/contracts/api/cache.ts'
import { formatCount } from '../../lib/format.ts'
import { bucketLabel } from './chart-scale.ts'
import { KINDS } from './kinds.ts'

export function ChartTable({ overview: { series, bucketMs } }: { overview: CacheOverview }) {
  const busy = series.filter((point) => KINDS.some(({ kind }) => point[kind] > 0))
  return (
    <table className="sr-only" data-testid="cache-chart-table">
      <caption>Calls that asked for the cache, over time</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          {KINDS.map(({ kind, label }) => (
            <th key={kind} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {busy.map((point) => (
          <tr key={point.at}>
            <th scope="row">{bucketLabel(point.at, bucketMs)}</th>
            {KINDS.map(({ kind }) => (
              <td key={kind}>{formatCount(point[kind])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
