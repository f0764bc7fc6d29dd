/** What the cron trigger runs, once a minute. A job that fails is logged and comes again with the next tick. */
import { logEvent, reasonOf } from '../lib/log.ts'
import { sweepSpilled } from './sweep.ts'
import type { Ingest } from './sweep.ts'

export async function runScheduled(
  env: Env,
  _ctx: ExecutionContext,
  ingest: Ingest,
): Promise<void> {
  try {
    const swept = await sweepSpilled(env, ingest)
    if (swept.found > 0) logEvent('info', 'spill_swept', { ...swept })
  } catch (error) {
    logEvent('error', 'job_failed', { job: 'sweep', reason: reasonOf(error) })
  }
}
