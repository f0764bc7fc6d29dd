/** Adds up vitest's JSON reports and says it in one line. Fails when a test failed, or when a report is missing. */
import { readFile } from 'node:fs/promises'

interface Report {
  numPassedTests: number
  numFailedTests: number
  /** A suite fails as a whole when its file does not load or a hook throws. */
  numFailedTestSuites: number
  success: boolean
}

let passed = 0
let failed = 0
for (const file of process.argv.slice(2)) {
  const report = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Report)
    .catch(() => null)
  passed += report?.numPassedTests ?? 0
  const failures = report?.numFailedTests ?? 1
  failed +=
    failures === 0 && report?.success === false ? Math.max(1, report.numFailedTestSuites) : failures
}
console.log(`ci: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
