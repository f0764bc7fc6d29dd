/** What cannot be read says so in its place, claims nothing else, and is asked for again. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProduct, type Product } from './support/product.ts'
import type { Visit } from './support/visit.ts'

let product: Product
let visit: Visit
let page: Page

beforeAll(async () => {
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
})

afterAll(() => product.close())

/** An answer that is not asked for again by itself, with the words that have to be shown. */
const REFUSAL = { status: 400, json: { error: 'The disk is full.' } }

/** Where each is read, and what the page shows once it could be. */
const READINGS = [
  ['/', '**/v1/request/query', 'The requests could not be read', 'no-requests'],
  ['/cache', '**/api/cache/overview?*', 'The cache could not be read', 'no-cache'],
  ['/rate-limits', '**/v1/rate-limits', 'The rules could not be read', 'no-rules'],
  ['/rate-limits', '**/api/rate-limits/live', 'The counters could not be read', 'no-live-limits'],
  ['/settings', '**/api/settings', 'The settings could not be read', 'setting-strict_headers'],
  ['/settings/keys', '**/api/keys', 'The keys could not be read', 'key-row'],
] as const

test.for(READINGS)('on %s, for %s', async ([path, address, title, shown]) => {
  await page.route(address, (route) => route.fulfill(REFUSAL))
  await page.goto(path)
  const notice = page.getByRole('alert').filter({ hasText: title })
  await notice.waitFor()
  const words = await notice.getByText('The disk is full.').boundingBox()
  const button = notice.getByRole('button', { name: 'Try again' })
  const place = await button.boundingBox()
  expect(place?.y, 'the button is below the words').toBeGreaterThanOrEqual(
    (words?.y ?? Infinity) + (words?.height ?? 0),
  )
  expect(await page.getByText('Follows the calls of the last hour').count()).toBe(
    path === '/rate-limits' && address !== '**/api/rate-limits/live' ? 1 : 0,
  )

  await page.unroute(address)
  await button.click()
  await page.getByTestId(shown).first().waitFor()
  await expect.poll(() => notice.count()).toBe(0)
})

test('nobody waits for a first request that could not be read', async () => {
  await page.route('**/v1/request/query', (route) => route.fulfill(REFUSAL))
  await page.goto('/get-started')
  const status = page.getByTestId('first-request-status')
  await status.getByText('Your requests could not be read').waitFor()
  expect(await status.getByText('Waiting for your first request…').count()).toBe(0)
  await page.unroute('**/v1/request/query')
  await status.getByText('Waiting for your first request…').waitFor({ timeout: 20_000 })
})

test('a server that answers with a failure is not away', async () => {
  const title = page.getByTestId('error-page').getByRole('heading')
  await page.route('**/api/session', (route) => route.fulfill({ status: 500 }))
  await page.goto('/cache')
  await expect.poll(() => title.innerText()).toBe('Something failed on the server')

  await page.unroute('**/api/session')
  await page.route('**/api/session', (route) => route.abort())
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => title.innerText()).toBe('The server cannot be reached')

  await page.unroute('**/api/session')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByTestId('no-cache').waitFor()
  // The router prints what it shows.
  const printed = [/The server failed to answer/, /Check that Heliograph is running/]
  await visit.expectClean([/status of (400|500)/, /ERR_FAILED/, ...printed])
})
