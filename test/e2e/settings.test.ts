/** The organisation's settings: saved as they are changed, kept, and obeyed by the gateway. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKey } from './support/keys.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, send } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

let product: Product
let visit: Visit
let page: Page

beforeAll(async () => {
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
  await page.goto('/settings')
})

afterAll(() => product.close())

/** Waits until the setting says that it was saved. */
async function expectSaved(name: string): Promise<void> {
  const state = page.getByTestId(`setting-${name}`).getByTestId('setting-state')
  await expect.poll(() => state.getAttribute('data-state')).toBe('saved')
}

/** By a key that no gateway has seen, with a header value that nobody can use. */
async function callWithBadHeader(): Promise<number> {
  const headers = {
    'helicone-auth': `Bearer ${await newKey(product.gateway)}`,
    authorization: 'Bearer sk-sandbox',
    'helicone-retry-num': 'often',
    'helicone-retry-enabled': 'true',
  }
  const sample = chat('Hello', headers, { model: 'sandbox-mini' }, 'sandbox')
  return (await send(product.gateway, sample)).status
}

test('a switch is saved, survives a reload, and the gateway obeys', async () => {
  expect(await callWithBadHeader()).toBe(200)
  const strict = page.getByRole('switch', { name: 'Strict headers' })
  expect(await strict.getAttribute('aria-checked')).toBe('false')
  await strict.click()
  await expect.poll(() => strict.getAttribute('aria-checked')).toBe('true')
  await expectSaved('strict_headers')
  await page.reload()
  await expect.poll(() => strict.getAttribute('aria-checked')).toBe('true')
  expect(await callWithBadHeader()).toBe(400)
  await strict.click()
  await expectSaved('strict_headers')
  expect(await callWithBadHeader()).toBe(200)
})

test('a choice says what it means', async () => {
  const setting = page.getByTestId('setting-limits_fail_closed')
  await setting.getByTestId('option-spend').click()
  await setting.getByText('Calls stop where money is limited').waitFor()
  await expectSaved('limits_fail_closed')
  await page.reload()
  const chosen = setting.getByTestId('option-spend')
  await expect.poll(() => chosen.getAttribute('data-state')).toBe('on')
})

test('a time is read as people write it, or refused in words', async () => {
  const input = page.getByTestId('input-timeout_idle_ms')
  await input.fill('quick')
  await page.keyboard.press('Enter')
  await page.getByText('Such as 30 s, 500 ms, 2 min').waitFor()
  expect(await input.getAttribute('aria-invalid')).toBe('true')
  await input.fill('1500ms')
  await page.keyboard.press('Enter')
  await expectSaved('timeout_idle_ms')
  await expect.poll(() => input.inputValue()).toBe('1.5 s')
  await page.reload()
  await expect.poll(() => input.inputValue()).toBe('1.5 s')
  await input.fill('')
  await input.blur()
  await expectSaved('timeout_idle_ms')
  await page.reload()
  await input.waitFor()
  await expect.poll(() => input.inputValue()).toBe('')
})

test('what could not be saved is taken back, and says why', async () => {
  const counted = page.getByRole('switch', { name: 'Count answers from the cache' })
  await expect.poll(() => counted.getAttribute('aria-checked')).toBe('false')
  await visit.context.setOffline(true)
  await counted.click()
  await page.getByTestId('setting-error').waitFor()
  await expect.poll(() => counted.getAttribute('aria-checked')).toBe('false')
  await visit.context.setOffline(false)
  await counted.click()
  await expectSaved('limits_on_cache_hits')
  expect(await counted.getAttribute('aria-checked')).toBe('true')
  await visit.expectClean([/ERR_INTERNET_DISCONNECTED/])
})
