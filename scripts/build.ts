/** `npm run build`: the dashboard into `dashboard/dist`, the Worker into `dist`; both are what a deploy uploads. */
import { buildWorker, UPLOAD } from './bundle/worker.ts'
import { buildDashboard } from './local/prepare.ts'
import { wranglerQuietly } from './local/wrangler.ts'

if (await buildDashboard()) console.log('The dashboard is built.')
await buildWorker()
console.log(await wranglerQuietly([...UPLOAD, '--dry-run']))
