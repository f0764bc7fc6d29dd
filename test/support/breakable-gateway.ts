/** Starts the Worker whose dependencies a test can break while it serves (breakable.worker.ts). */
import { startBareGateway, type BareGateway, type BareOptions } from './bare-gateway.ts'
import type { FaultCounts, Faults } from './faults.ts'

export interface BreakableGateway extends BareGateway {
  /** Sets the faults; what is not named is well. */
  break(faults: Partial<Faults>): Promise<void>
  /** Everything is well again. */
  mend(): Promise<void>
  counts(): Promise<FaultCounts>
}

export async function startBreakableGateway(options: BareOptions = {}): Promise<BreakableGateway> {
  const logs = options.queues?.['heliograph-logs']
  const gateway = await startBareGateway({
    ...options,
    entry: 'test/support/breakable.worker.ts',
    // The worker paces redelivery itself.
    queues: { ...options.queues, 'heliograph-logs': { retryDelay: 0, ...logs } },
  })
  const control = async (faults?: Partial<Faults>): Promise<FaultCounts> => {
    const init = faults === undefined ? {} : { method: 'PUT', body: JSON.stringify(faults) }
    const response = await gateway.fetch('/__faults', init)
    return (await response.json()) as FaultCounts
  }
  return {
    ...gateway,
    break: async (faults) => void (await control(faults)),
    mend: async () => void (await control({})),
    counts: () => control(),
  }
}
