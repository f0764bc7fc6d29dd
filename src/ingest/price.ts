/** The price step. The price data is loaded with the first batch, not with the Worker. */
import type { CostFact } from '../contracts/api/requests.ts'
import type { LogRecord } from '../contracts/log-record.ts'
import type { Summary } from '../dialects/canonical/summary.ts'
import { modelOf } from './normalise.ts'

/** What one exchange cost. */
export type Pricer = (record: LogRecord, summary: Summary) => CostFact

export async function loadPricer(): Promise<Pricer> {
  const { price } = await import('../catalog/price.ts')
  return (record, summary) =>
    price(summary.usage, {
      provider: record.provider,
      model: modelOf(record, summary),
      at: record.startedAt,
      costReportedNano: summary.costReportedNano,
      serviceTier: summary.serviceTier,
    })
}
