/** Builds the dashboard when its sources have changed: the Worker, and so every test of it, serves those files. */
import { buildDashboard } from './local/prepare.ts'

if (await buildDashboard()) console.log('The dashboard is built.')
