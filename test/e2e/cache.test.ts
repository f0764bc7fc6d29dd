/** The cache page over real cached calls: what was saved, the entries, and purging them. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandboxServer, type SandboxServer } from '../support/sandbox-server.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, send } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

let providers: SandboxServer
let product: Product
let visit: Visit
let page: Page

beforeAll(async () => {
  providers = await startSandboxServer()
  product = await startProduct({ upstream: { openai: providers.url } })
  visit = await product.signedIn()
  page = visit.page
})

afterAll(async () => {
  await product.close()
  await providers.close()
})

interface Asked {
  seed?: string
  model?: string
  /** Without the cache. */
  isPlain?: boolean
}

/** How the cache answered. */
async function ask(
  text: string,
  { seed, model, isPlain = false }: Asked = {},
): Promise<string | null> {
  const headers = {
    ...(isPlain ? {} : { 'helicone-cache-enabled': 'true' }),
    ...(seed === undefined ? {} : { 'helicone-cache-seed': seed }),
  }
  const sample = chat(text, headers, model === undefined ? {} : { model })
  return (await send(product.gateway, sample)).headers.get('helicone-cache')
}

/** Asks until the answer is stored and given again. */
async function askUntilHit(text: string, asked: Asked = {}): Promise<void> {
  await expect.poll(() => ask(text, asked)).toBe('HIT')
}

/** Rows come a moment after their answers. */
async function expectShown(testId: string, text: string | RegExp): Promise<void> {
  const read = async () => {
    await page.keyboard.press('r')
    return await page.getByTestId(testId).innerText()
  }
  await expect.poll(read, { interval: 200 }).toMatch(text)
}

/** What the requests page says it found. */
async function expectCount(count: string): Promise<void> {
  await expect.poll(() => page.getByTestId('request-count').innerText()).toBe(count)
}

function params(): URLSearchParams {
  return new URL(page.url()).searchParams
}

/** So many rows, and every one a hit. */
async function expectHits(count: number): Promise<void> {
  await expectCount(String(count))
  const rows = () => page.getByTestId('request-row').allInnerTexts()
  await expect.poll(rows).toEqual(Array<unknown>(count).fill(expect.stringMatching(/\bHIT\b/)))
}

function entry(text: string) {
  return page.getByTestId('cache-entry').filter({ hasText: text })
}

async function expectFocus(testId: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
  await expect.poll(focused).toBe(testId)
}

async function closeDialog(): Promise<void> {
  await page.getByTestId('done').click()
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
}

test('unused, the page teaches the header', async () => {
  await page.goto('/cache')
  const empty = page.getByTestId('no-cache')
  await empty.waitFor()
  for (const language of ['curl', 'typescript', 'python']) {
    await empty.getByTestId(`tab-${language}`).click()
    await expect.poll(() => empty.locator('code').innerText()).toContain('Helicone-Cache-Enabled')
  }
})

test('the page that says to send it twice sees the call come', async () => {
  expect(await ask('What is a heliograph?')).toBe('MISS')
  await page.getByTestId('cache-overview').waitFor({ timeout: 30_000 })
  expect(await page.getByTestId('no-cache').count()).toBe(0)
  await expectShown('saved-money', /Saved money\s+–\s+nothing was given again/)
})

test('a call that is asked twice is saved once, in the figures, the chart and the entries', async () => {
  await askUntilHit('What is a heliograph?')
  await page.goto('/cache')
  await page.getByTestId('cache-overview').waitFor()
  await expectShown('given-again', /Given again\s+1\s/)
  await expectShown('saved-money', /\$0\.\d+/)
  await expectShown('hit-rate', /\d+%/)
  const chart = page.getByRole('img', { name: /Calls that asked for the cache/ })
  expect(await chart.getAttribute('aria-label')).toContain('1 hits')
  expect(await page.getByTestId('cache-chart-table').locator('tbody tr').count()).toBeGreaterThan(0)
  await entry('What is a heliograph?').waitFor()
  await page.getByRole('columnheader', { name: 'Given again' }).waitFor()
})

test('the page follows the calls by itself, and is read anew when somebody comes back to it', async () => {
  const rate = () => page.getByTestId('hit-rate').innerText()
  const asked = async () => Number(/ of (\d+) calls/.exec(await rate())?.[1])
  const reads: number[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/cache/overview')) reads.push(performance.now())
  })
  for (const text of ['Does anybody follow?', 'Still?']) {
    const before = await asked()
    await ask(text)
    await expect.poll(asked, { timeout: 30_000 }).toBeGreaterThan(before)
  }
  const gaps = reads.slice(1).map((at, index) => at - (reads[index] ?? 0))
  expect(Math.min(...gaps), 'not oftener than every five seconds').toBeGreaterThan(4_500)

  const left = await asked()
  await page.getByRole('link', { name: 'Requests', exact: true }).click()
  await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
  await ask('Does anybody come back?')
  await page.getByTestId('request-row').filter({ hasText: 'Does anybody come back?' }).waitFor()
  await page.getByRole('link', { name: 'Cache', exact: true }).click()
  await expect.poll(asked).toBeGreaterThan(left)
})

test('what has no price is said to have none', async () => {
  await askUntilHit('Who knows what this costs?', { model: 'model-without-a-price' })
  await expectShown('saved-money', /and 1 unpriced/)
  await entry('Who knows what this costs?').getByText('unpriced').waitFor()
})

test('the time is in the address, and kept by a reload', async () => {
  await page.getByTestId('time-range').click()
  await page.getByTestId('range-1h').click()
  await page.waitForURL(/range=1h/)
  expect(await page.getByTestId('range-all').count()).toBe(0)
  await page.reload()
  await entry('What is a heliograph?').waitFor()
  expect(await page.getByTestId('time-range').innerText()).toContain('Last hour')
  await page.goto('/cache?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z')
  await page.getByTestId('no-cache').waitFor()
})

test('the figures lead to the requests that they count', async () => {
  for (const [figure, counted, tokens] of [
    ['hit-rate', / of (\d+) calls/, ['cache:hit', 'cache:coalesced', 'cache:stale', 'cache:miss']],
    ['given-again', /Given again\s+(\d+)/, ['cache:hit', 'cache:coalesced', 'cache:stale']],
  ] as const) {
    await page.goto('/cache?range=1h')
    const tile = page.getByTestId(figure)
    const count = counted.exec(await tile.innerText())?.[1] ?? 'no figure'
    await tile.getByRole('link', { name: 'Show these requests' }).click()
    await expectCount(count)
    expect(params().getAll('f')).toEqual(tokens)
    expect(params().get('range')).toBe('1h')
    expect(await page.getByTestId('filter-chip').count()).toBe(tokens.length)
    await expect.poll(() => page.getByTestId('request-row').count()).toBe(Number(count))
  }
})

test('requests are filtered by how the cache answered, in whatever way it is said', async () => {
  await ask('Nobody asked the cache for this', { isPlain: true })
  await page.goto('/')
  const all = page.getByTestId('request-row').filter({ hasText: 'Nobody asked the cache' })
  await all.waitFor()
  const shown = () => page.getByTestId('request-count').innerText()
  // It comes apart from the rows.
  await expect.poll(shown).toMatch(/\d/)
  const total = Number(await shown())

  await page.getByTestId('filter-input').fill('cache:')
  const offered = page.getByTestId('suggestion')
  await expect
    .poll(() => offered.allInnerTexts())
    .toEqual(
      ['hit', 'coalesced', 'stale', 'miss', 'bypass'].map((status) =>
        expect.stringMatching(new RegExp(`^cache\\s+${status}\\b.*\\d`, 's')),
      ),
    )
  await page.getByTestId('filter-input').fill('cache:HIT')
  await page.keyboard.press('Enter')
  await expect.poll(() => params().getAll('f')).toEqual(['cache:hit'])
  await expectHits(2)

  await page.getByRole('button', { name: 'cache is', exact: true }).click()
  await expect.poll(() => params().getAll('f')).toEqual(['-cache:hit'])
  await expectCount(String(total - 2))
  await all.waitFor()

  await page.goto('/')
  await page.getByTestId('facet-menu').click()
  await page.getByRole('tab', { name: 'Cache', exact: true }).click()
  const line = page.getByTestId('facet-value').filter({ hasText: 'hit' })
  await expect.poll(() => line.innerText()).toMatch(/^hit\s+2$/)
  await line.click()
  await page.keyboard.press('Escape')
  await expectHits(2)
})

test('a live row stays away that the cache answered in another way', async () => {
  await page.goto('/?f=cache:hit')
  await expectCount('2')
  await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
  await ask('Nobody asked the cache for this either', { isPlain: true })
  expect(await ask('Asked for the first time')).toBe('MISS')
  const known = { model: 'model-without-a-price' }
  expect(await ask('Who knows what this costs?', known)).toBe('HIT')
  await expectHits(3)
})

test('an entry leads to the request whose answer it is', async () => {
  await page.goto('/cache')
  await entry('What is a heliograph?').getByTestId('cache-entry-link').click()
  const drawer = page.getByTestId('drawer')
  await drawer.waitFor()
  const reference = await drawer.getAttribute('data-request-id')
  const hit = page.getByTestId('request-row').filter({ hasText: 'What is a heliograph?' })
  const badge = hit.getByTestId('cache-badge')
  await expect.poll(() => badge.allInnerTexts()).toEqual(['HIT'])

  await badge.click()
  await expect.poll(() => drawer.getAttribute('data-request-id')).not.toBe(reference)
  await drawer.getByTestId('tab-policies').click()
  await drawer.getByTestId('policies').getByText('Answered from the cache').waitFor()
  await drawer.getByTestId('cache-reference').click()
  await expect.poll(() => drawer.getAttribute('data-request-id')).toBe(reference)
})

test('one answer is purged from its row, and asked for again', async () => {
  await page.goto('/cache')
  await entry('What is a heliograph?').getByTestId('purge-entry').click()
  await page.getByTestId('confirm').click()
  expect(await page.getByTestId('purged').innerText()).toMatch(/within \d+ (s|min)/)
  await closeDialog()
  await expectFocus('purge-entry')
  expect(await ask('What is a heliograph?')).toBe('MISS')
  expect(await ask('Who knows what this costs?', { model: 'model-without-a-price' })).toBe('HIT')
})

test('one answer is purged from the drawer', async () => {
  await askUntilHit('Purge me from the drawer')
  await page.goto('/')
  const row = page.getByTestId('request-row').filter({ hasText: 'Purge me from the drawer' })
  await row.first().click()
  await page.getByTestId('tab-policies').click()
  await page.getByTestId('purge-answer').click()
  await page.getByTestId('confirm').click()
  await page.getByTestId('purged').waitFor()
  await closeDialog()
  expect(await ask('Purge me from the drawer')).toBe('MISS')
})

test('a seed is purged, and then everything', async () => {
  await askUntilHit('Which seed?', { seed: 'spring' })
  await askUntilHit('Which seed?', { seed: 'autumn' })
  await page.goto('/cache')
  await page.getByTestId('purge-cache').click()
  await page.getByTestId('option-seed').click()
  expect(await page.getByTestId('confirm').isDisabled()).toBe(true)
  await page.getByTestId('purge-seed').fill('spring')
  await page.keyboard.press('Enter')
  await page.getByTestId('purged').waitFor()
  // The keyboard goes on: Enter closes, and the focus is where it came from.
  await expectFocus('done')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  await expectFocus('purge-cache')
  expect(await ask('Which seed?', { seed: 'spring' })).toBe('MISS')
  expect(await ask('Which seed?', { seed: 'autumn' })).toBe('HIT')

  await page.getByTestId('purge-cache').click()
  await page.getByTestId('confirm').click()
  await page.getByTestId('purged').waitFor()
  await closeDialog()
  expect(await ask('Which seed?', { seed: 'autumn' })).toBe('MISS')
  await visit.expectClean()
})
