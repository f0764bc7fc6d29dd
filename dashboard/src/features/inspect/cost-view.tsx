/** The bill of one call: a line per class of tokens, and where the prices come from. */
import type { CostFact, CostLine, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Notice } from '../../components/notice.tsx'
import { formatCount, formatNanoUsd, formatRate, formatUsd, UNKNOWN } from '../../lib/format.ts'
import { Facts, Section } from './section.tsx'

const KINDS: Readonly<Record<string, string>> = {
  input: 'Input',
  output: 'Output',
  cache_read: 'Cache read',
  cache_write_5m: 'Cache write, 5 min',
  cache_write_1h: 'Cache write, 1 h',
  input_audio: 'Audio in',
  output_audio: 'Audio out',
  input_image: 'Images in',
  output_image: 'Images out',
  reasoning: 'Reasoning',
  provider_reported: 'Reported by the provider',
}

export function CostView({ row }: { row: RequestRow }) {
  const { cost } = row.heliograph
  return (
    <div className="pb-10" data-testid="cost">
      <Section title="Bill">
        {cost.source === 'unpriced' && (
          <Notice kind="warn" title="Unpriced" testId="unpriced">
            The price list has no entry for {row.model} at {row.heliograph.provider}. The tokens are
            counted, the money is unknown: this call is not $0, and sums that contain it say so.
          </Notice>
        )}
        {cost.source === 'no_usage' && (
          <Notice title="No usage was reported">
            The provider named no tokens, as is usual for errors and for streams that were broken
            off. What it will charge is unknown.
          </Notice>
        )}
        {cost.source === 'free' && <Notice title="Free">This provider charges nothing.</Notice>}
        {cost.source === 'cached' && (
          <Notice kind="ok" title="Answered from the cache">
            This call cost nothing.{' '}
            {row.heliograph.saved_usd === null
              ? 'What it saved is unpriced.'
              : `It saved ${formatUsd(row.heliograph.saved_usd)}.`}
          </Notice>
        )}
        {cost.lines.length > 0 && <Bill cost={cost} />}
      </Section>
      <Section title="Tokens">
        <Facts rows={tokenRows(row)} />
      </Section>
      {cost.source !== 'unpriced' && cost.source !== 'no_usage' && cost.source !== 'cached' && (
        <Section title="Where the price comes from">
          <Facts
            rows={[
              { label: 'Source', value: SOURCES[cost.source] },
              { label: 'Price list', value: cost.priceVersion ?? UNKNOWN },
              {
                label: 'Entry',
                value: [cost.priceProvider, cost.priceModel].filter(Boolean).join(' / ') || UNKNOWN,
              },
            ]}
          />
        </Section>
      )}
    </div>
  )
}

const SOURCES: Readonly<Record<CostFact['source'], string>> = {
  catalogue: 'Price list',
  provider: 'The provider itself',
  unpriced: 'None',
  no_usage: 'None',
  free: 'Free of charge',
  cached: 'Answered from the cache',
}

function Bill({ cost }: { cost: CostFact }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-y border-line/70">
        <thead className="text-xs text-faint">
          <tr className="border-b border-line/70">
            <th scope="col" className="py-1.5 text-left font-medium">
              Class
            </th>
            <th scope="col" className="py-1.5 pl-4 text-right font-medium">
              Tokens
            </th>
            <th scope="col" className="py-1.5 pl-4 text-right font-medium">
              Per million
            </th>
            <th scope="col" className="py-1.5 pl-4 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {cost.lines.map((line) => (
            <tr key={line.kind} className="border-b border-line/70">
              <td className="py-1.5 text-muted">{KINDS[line.kind] ?? line.kind}</td>
              <td className="py-1.5 pl-4 text-right">{formatCount(line.tokens)}</td>
              <td className="py-1.5 pl-4 text-right text-muted">{rateOf(line)}</td>
              <td className="py-1.5 pl-4 text-right">{formatNanoUsd(line.nanoUsd)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="font-semibold">
            <td className="py-2">Total</td>
            <td colSpan={2} />
            <td className="py-2 pl-4 text-right" data-testid="cost-total">
              {formatNanoUsd(cost.nanoUsd)}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

/** Nano-dollars for a token are a thousandth of dollars for a million. */
function rateOf({ tokens, nanoUsd }: CostLine): string {
  return tokens === null || tokens === 0 ? UNKNOWN : formatRate(nanoUsd / tokens / 1000)
}

function tokenRows(row: RequestRow) {
  const { heliograph: extra } = row
  const parts: [string, number | null][] = [
    ['of it read from cache', row.prompt_cache_read_tokens],
    ['of it written to cache, 5 min', extra.cache_write_5m_tokens],
    ['of it written to cache, 1 h', extra.cache_write_1h_tokens],
    ['of it audio', row.prompt_audio_tokens],
    ['of it images', extra.input_image_tokens],
  ]
  const written: [string, number | null][] = [
    ['of it reasoning', row.reasoning_tokens],
    ['of it audio', row.completion_audio_tokens],
    ['of it images', extra.output_image_tokens],
  ]
  const rowsOf = (list: [string, number | null][]) =>
    list
      .filter(([, count]) => count !== null)
      .map(([label, count]) => ({
        label: <span className="pl-4 text-faint">{label}</span>,
        value: formatCount(count),
      }))
  return [
    { label: 'Input', value: formatCount(row.prompt_tokens) },
    ...rowsOf(parts),
    { label: 'Output', value: formatCount(row.completion_tokens) },
    ...rowsOf(written),
    { label: 'Total', value: formatCount(row.total_tokens) },
  ]
}
