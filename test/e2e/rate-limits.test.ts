/** Rate limits: a rule that is made on the page holds for real calls, and the page shows what it did. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKey } from './support/keys.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, send } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

let product: Product
let visit: Visit
let page: Page
let key: string

beforeAll(async () => {
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
  await page.goto('/rate-limits')
})

afterAll(() => product.close())

/** Status of a call by the fresh key, which the sandbox answers. */
async function call(user: string, policy?: string, model = 'sandbox-mini'): Promise<number> {
  const headers = {
    'helicone-auth': `Bearer ${key}`,
    authorization: 'Bearer sk-sandbox',
    'helicone-user-id': user,
    ...(policy === undefined ? {} : { 'helicone-ratelimit-policy': policy }),
  }
  const sample = chat('May I?', headers, { model }, 'sandbox')
  return (await send(product.gateway, sample)).status
}

test('without rules the page teaches the header', async () => {
  const empty = page.getByTestId('no-rules')
  await empty.waitFor()
  await page.getByTestId('no-live-limits').waitFor()
  await empty.getByTestId('copy-button').click()
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await expect.poll(copied).toBe('Helicone-RateLimit-Policy: 100;w=60;s=user')
})

test('a rule is written in words, with the header that says the same', async () => {
  await page.getByTestId('create-rule').click()
  const dialog = page.getByTestId('rule-dialog')
  const sentence = () => dialog.getByTestId('rule-sentence').innerText()
  const policy = () => dialog.getByTestId('rule-policy').innerText()
  await expect.poll(sentence).toBe('100 requests per minute for each user')
  await dialog.getByTestId('option-cents').click()
  await dialog.getByTestId('option-days').click()
  await dialog.getByTestId('option-organization').click()
  await dialog.getByTestId('rule-quota').fill('1250')
  await expect.poll(sentence).toBe('$12.50 per day for the whole organisation')
  expect(await policy()).toBe('Helicone-RateLimit-Policy: 1250;w=86400;u=cents')

  await dialog.getByTestId('option-property').click()
  await dialog.getByText('Name the property to count by.').waitFor()
  expect(await dialog.getByTestId('save-rule').isDisabled()).toBe(true)
  await dialog.getByTestId('rule-property').fill('Plan')
  await dialog.getByTestId('option-tokens').click()
  await expect.poll(sentence).toBe('1,250 tokens per day for each value of plan')
  expect(await policy()).toBe('Helicone-RateLimit-Policy: 1250;w=86400;u=tokens;s=plan')
  await dialog.getByTestId('rule-window').fill('400')
  await dialog.getByTestId('rule-problem').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)
})

test('made on the page, it limits real calls, and the denial shows by itself', async () => {
  await page.getByTestId('create-rule').click()
  const dialog = page.getByTestId('rule-dialog')
  await dialog.getByTestId('rule-quota').fill('2')
  await dialog.getByTestId('option-hours').click()
  await dialog.getByTestId('rule-name').fill('Two an hour')
  await dialog.getByTestId('save-rule').click()
  const rule = page.getByTestId('rule-row')
  await rule.waitFor()
  expect(await rule.innerText()).toContain('2 requests per hour for each user')
  expect(await rule.innerText()).toContain('2;w=3600;s=user')

  key = await newKey(product.gateway)
  expect(await call('ann')).toBe(200)
  expect(await call('ann', undefined, 'sandbox-error-429'), 'by the provider').toBe(429)
  expect(await call('ann')).toBe(429)
  expect(await call('bob')).toBe(200)

  const limit = page.locator('[data-testid=live-limit][data-segment="user:ann"]')
  await expect.poll(() => limit.count(), { timeout: 30_000 }).toBe(1)
  const meter = limit.getByRole('meter')
  await expect.poll(() => meter.getAttribute('aria-valuenow'), { timeout: 30_000 }).toBe('0')
  await page.getByRole('columnheader', { name: 'Full in' }).waitFor()
  expect(await limit.getByTestId('next-in').innerText()).toMatch(/^next in (29|30) min$/)
  const denied = page.getByTestId('denied-segment')
  await expect.poll(() => denied.allInnerTexts(), { timeout: 30_000 }).toHaveLength(1)
  expect(await denied.innerText()).toContain('ann')
  expect(await denied.innerText()).toContain('1 denied')
})

test('who was denied leads to just these requests, and they say by what', async () => {
  await page.getByTestId('denied-requests').click()
  await expect.poll(() => page.getByTestId('request-count').innerText()).toBe('1')
  const address = new URL(page.url())
  expect(address.searchParams.getAll('f')).toEqual(['limited:user:ann'])
  await page.getByTestId('request-row').getByTestId('limited').waitFor()
  await page.getByTestId('request-row').click()
  await page.getByTestId('tab-policies').click()
  const fact = page.getByTestId('policies').getByTestId('limit-fact')
  await expect.poll(() => fact.count()).toBe(1)
  expect(await fact.innerText()).toContain('ann')
  expect(await fact.innerText()).toContain('denied')
})

test('a policy that a call brings is at work beside the rules', async () => {
  expect(await call('carl', '50;w=60;s=user')).toBe(200)
  await page.goto('/rate-limits')
  const own = page.getByTestId('live-limit').filter({ hasText: '50 requests per minute' })
  await own.waitFor()
  await expect.poll(() => own.getByRole('meter').getAttribute('aria-valuemax')).toBe('50')
})

test('a rule is changed and deleted', async () => {
  await page.getByTestId('edit-rule').click()
  const dialog = page.getByTestId('rule-dialog')
  await expect.poll(() => dialog.getByTestId('rule-name').inputValue()).toBe('Two an hour')
  expect(await dialog.getByTestId('rule-quota').inputValue()).toBe('2')
  await dialog.getByTestId('rule-quota').fill('3')
  await dialog.getByTestId('save-rule').click()
  const rule = page.getByTestId('rule-row')
  await expect.poll(() => rule.innerText()).toContain('3 requests per hour for each user')
  await expect.poll(() => dialog.count()).toBe(0)

  await page.getByTestId('delete-rule').click()
  await page.getByTestId('confirm').click()
  await page.getByTestId('no-rules').waitFor()
  await expectFocus('create-rule')
  await page.reload()
  await page.getByTestId('no-rules').waitFor()
})

test('a rule without a name is called what it says, also when that changes', async () => {
  await create('4')
  const rule = page.getByTestId('rule-row')
  await expect.poll(() => rule.innerText()).toContain('4 requests per minute for each user')
  await page.getByTestId('edit-rule').click()
  const dialog = page.getByTestId('rule-dialog')
  expect(await dialog.getByTestId('rule-name').inputValue()).toBe('')
  await dialog.getByTestId('rule-quota').fill('10')
  await dialog.getByTestId('save-rule').click()
  await expect.poll(() => rule.innerText()).toContain('10 requests per minute for each user')
  expect(await rule.innerText()).not.toMatch(/\b4 requests/)
  await expect.poll(() => dialog.count()).toBe(0)
})

test('a rule that exists already is said to', async () => {
  const dialog = page.getByTestId('rule-dialog')
  const twin = dialog.getByTestId('rule-twin')
  await page.getByTestId('create-rule').click()
  await dialog.getByTestId('rule-quota').fill('10')
  await twin.getByText('“10 requests per minute for each user” limits the same').waitFor()
  await dialog.getByTestId('rule-quota').fill('11')
  await expect.poll(() => twin.count()).toBe(0)
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)

  await page.getByTestId('edit-rule').click()
  await dialog.getByTestId('rule-sentence').waitFor()
  expect(await twin.count(), 'a rule is no twin of itself').toBe(0)
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)
})

test('the focus does not go away with the row of a deleted rule', async () => {
  await create('20')
  const rows = page.getByTestId('rule-row')
  await expect.poll(() => rows.count()).toBe(2)
  await rows.first().getByTestId('delete-rule').click()
  await page.getByTestId('confirm').click()
  await expect.poll(() => rows.count()).toBe(1)
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  await expectFocus('create-rule')
  await visit.expectClean()
})

/** So many requests per minute for each user, without a name. */
async function create(quota: string): Promise<void> {
  const dialog = page.getByTestId('rule-dialog')
  await page.getByTestId('create-rule').click()
  await dialog.getByTestId('rule-quota').fill(quota)
  await dialog.getByTestId('save-rule').click()
  await expect.poll(() => dialog.count()).toBe(0)
}

async function expectFocus(testId: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
  await expect.poll(focused).toBe(testId)
}
