/** The tests look at the dashboard as it is now, however they were started. */
import { buildDashboard } from '../../../scripts/local/prepare.ts'

export async function setup(): Promise<void> {
  await buildDashboard()
}
