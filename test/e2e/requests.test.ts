/** The request explorer: rows that come by themselves, filters, the address as state, and the keyboard. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandboxServer, type SandboxServer } from '../support/sandbox-server.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, SAMPLES, send, sendAll } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

let providers: SandboxServer
let product: Product
let visit: Visit
let page: Page

beforeAll(async () => {
  providers = await startSandboxServer()
  const { url } = providers
  product = await startProduct({ upstream: { openai: url, anthropic: url, groq: url } })
  visit = await product.signedIn()
  page = visit.page
})

afterAll(async () => {
  await product.close()
  await providers.close()
})

/** What the page says it found, as soon as it says so. */
async function expectCount(count: number): Promise<void> {
  const find = () => page.getByTestId('request-count').innerText()
  await expect.poll(find, { timeout: 15_000 }).toBe(String(count))
}

function params(): URLSearchParams {
  return new URL(page.url()).searchParams
}

test('rows appear by themselves, newest first, without a reload', async () => {
  await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
  await page.evaluate(() => Reflect.set(window, 'isSamePage', true))
  await sendAll(product.gateway, SAMPLES)
  await expectCount(SAMPLES.length)
  await send(product.gateway, chat('The newest of all'))
  const first = page.getByTestId('request-row').first()
  await expect.poll(() => first.innerText()).toContain('The newest of all')
  expect(await page.evaluate(() => Reflect.get(window, 'isSamePage') as unknown)).toBe(true)
  await visit.expectClean()
})

describe('filters', () => {
  test('by typing: text and a condition, in the address, kept by reload, undone by back', async () => {
    await page.goto('/')
    await expectCount(SAMPLES.length + 1)
    await page.keyboard.press('/')
    await page.keyboard.type('quarterly report')
    await expectCount(12)
    expect(params().get('q')).toBe('quarterly report')

    await page.reload()
    await expectCount(12)
    expect(await page.getByTestId('filter-input').inputValue()).toBe('quarterly report')

    await page.getByTestId('filter-clear').click()
    await page.getByTestId('filter-input').fill('status:4xx')
    await page.keyboard.press('Enter')
    await expectCount(4)
    expect(params().getAll('f')).toEqual(['status:4xx'])

    await page.reload()
    await expectCount(4)
    expect(await page.getByTestId('filter-chip').allInnerTexts()).toHaveLength(1)
    await page.goBack()
    await expectCount(SAMPLES.length + 1)
    await page.goBack()
    await expectCount(12)
    await page.goForward()
    await expectCount(SAMPLES.length + 1)
  })

  test.for([
    ['Model', 'gpt-4o-mini', 12 + 8 + 6 + 1],
    ['Provider', 'Groq', 3],
    ['Status', '429', 4],
    ['User', 'alice@example.com', 12],
    ['Session', 'agent-7', 3],
    ['plan', 'pro', 6],
  ] as const)('by the observed values of %s', async ([field, value, count]) => {
    if (page.url() !== `${product.url}/`) await page.goto('/')
    await page.getByTestId('facet-menu').click()
    await page.getByRole('tab', { name: field, exact: true }).click()
    const line = page.getByTestId('facet-value').filter({ hasText: value }).first()
    await line.click()
    await expect.poll(() => line.getAttribute('aria-checked')).toBe('true')
    await page.keyboard.press('Escape')
    await expectCount(count)
    await expect.poll(() => page.getByTestId('request-row').count()).toBe(Math.min(count, 27))
    const address = page.url()
    await page.reload()
    await expectCount(count)
    expect(page.url()).toBe(address)
    await page.goBack()
    await expectCount(SAMPLES.length + 1)
  })

  test('conditions join, exclude, and are taken away one by one', async () => {
    await page.goto('/?f=provider:openai&f=-status:200')
    await expectCount(4)
    await page.getByRole('button', { name: 'Remove status 200' }).click()
    await expectCount(SAMPLES.length + 1 - 6 - 3 - 3)
    await page.getByTestId('filter-input').focus()
    await page.keyboard.press('Backspace')
    await expectCount(SAMPLES.length + 1)
  })

  test('a live row that does not match stays away', async () => {
    await page.goto('/?f=user:dora')
    await page.getByTestId('no-match').waitFor()
    await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
    await send(product.gateway, chat('From somebody else', { 'helicone-user-id': 'emil' }))
    await send(product.gateway, chat('From Dora', { 'helicone-user-id': 'dora' }))
    await expectCount(1)
    expect(await page.getByTestId('request-row').allInnerTexts()).toEqual([
      expect.stringContaining('From Dora'),
    ])
  })

  test('by time: a preset and two fixed ends', async () => {
    await page.goto('/')
    await page.getByTestId('time-range').click()
    await page.getByTestId('range-15m').click()
    expect(params().get('range')).toBe('15m')
    await expectCount(SAMPLES.length + 3)

    await page.getByTestId('time-range').click()
    await page.getByLabel('From', { exact: true }).fill('2020-01-01T00:00')
    await page.getByLabel('To', { exact: true }).fill('2020-01-02T00:00')
    await page.getByRole('button', { name: 'Apply' }).click()
    await expectCount(0)
    await page.reload()
    await expectCount(0)
    expect(params().get('range')).toBeNull()
    await page.goBack()
    await expectCount(SAMPLES.length + 3)
  })

  test('an address that somebody mangled shows the page all the same', async () => {
    await page.goto('/?range=ever&from=never&tab=evil&sort=evil&f=status:zzz&f=:&live=maybe&x=1')
    await expectCount(SAMPLES.length + 3)
    expect(await page.getByTestId('filter-chip').count()).toBe(0)
    await visit.expectClean()
  })
})

test('sorted by cost, latency or tokens, the other way at a second press', async () => {
  await page.goto('/')
  const first = page.getByTestId('request-row').first()
  await page.getByRole('button', { name: 'Tokens' }).click()
  await expect.poll(() => first.innerText()).toMatch(/long words|xxxx/)
  expect(params().get('sort')).toBe('-total_tokens')
  await page.getByRole('button', { name: 'Tokens' }).click()
  await expect.poll(() => params().get('sort')).toBe('total_tokens')
  await expect.poll(() => first.innerText()).not.toMatch(/long words|xxxx/)
})

test('the keyboard opens, walks, switches and closes', async () => {
  await page.goto('/?f=user:alice@example.com')
  await expectCount(12)
  const drawer = page.getByTestId('drawer')
  const opened = () => drawer.getAttribute('data-request-id')
  const ids = await page
    .getByTestId('request-row')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-request-id')))

  for (const key of ['j', 'j', 'j', 'k', 'Enter']) await page.keyboard.press(key)
  await expect.poll(opened).toBe(ids[1])
  expect(params().get('request')).toBe(ids[1])
  await page.keyboard.press('j')
  await expect.poll(opened).toBe(ids[2])
  await page.keyboard.press('k')
  await expect.poll(opened).toBe(ids[1])
  await page.getByRole('button', { name: 'Next request' }).click()
  await expect.poll(opened).toBe(ids[2])
  await page.getByRole('button', { name: 'Previous request' }).click()
  await expect.poll(opened).toBe(ids[1])

  await page.keyboard.press('3')
  await page.getByTestId('timing').waitFor()
  await page.reload()
  await page.getByTestId('timing').waitFor()
  await expect.poll(opened).toBe(ids[1])
  await page.keyboard.press('Escape')
  await expect.poll(() => drawer.count()).toBe(0)
  expect(params().has('request')).toBe(false)

  await page.keyboard.press('?')
  await page.getByTestId('shortcuts').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByTestId('shortcuts').count()).toBe(0)
  await page.keyboard.press('/')
  await expect
    .poll(() => page.getByTestId('filter-input').evaluate((each) => each.matches(':focus')))
    .toBe(true)
  await visit.expectClean()
})

test('a stream that ends with an error is one, though its status is good', async () => {
  await page.goto('/?f=status:error&q=Break')
  await page.getByTestId('no-match').waitFor()
  await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
  const more = { model: 'sandbox-error-stream', stream: true }
  expect((await send(product.gateway, chat('Break off, please', {}, more))).status).toBe(200)
  await expectCount(1)
  const row = page.getByTestId('request-row')
  const shown = /200 · error[^]*The server had an error while processing your request\./
  expect(await row.innerText()).toMatch(shown)
  await page.reload()
  await expectCount(1)
  expect(await row.innerText()).toMatch(shown)
  await page.goto('/?f=status:ok&q=Break')
  await page.getByTestId('no-match').waitFor()
})
