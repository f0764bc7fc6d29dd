/** One request, looked into: the five views over real bodies, feedback, copying. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './support/run.ts'
import { startProduct, type Product } from './support/product.ts'
import { ARABIC, chat, send, toolConversation, type Sample } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

let product: Product
let visit: Visit
let page: Page
let drawer: Locator

beforeAll(async () => {
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
  drawer = page.getByTestId('drawer')
})

afterAll(() => product.close())

/** The sandbox answers whoever comes with its key. */
function sandboxed(sample: Sample): Sample {
  const key = { authorization: 'Bearer sk-sandbox', 'x-api-key': 'sk-sandbox' }
  return { ...sample, headers: { ...sample.headers, ...key } }
}

/** Sends the call, waits for its row, opens it. */
async function open(sample: Sample): Promise<void> {
  const response = await send(product.gateway, sandboxed(sample))
  const id = response.headers.get('helicone-id') ?? ''
  await page.goto('/')
  await page.locator(`[data-request-id="${id}"]`).click()
  await drawer.waitFor()
}

async function show(
  tab: 'chat' | 'json' | 'timing' | 'cost' | 'policies' | 'headers',
): Promise<Locator> {
  await drawer.getByTestId(`tab-${tab}`).click()
  const view = drawer.getByTestId(tab)
  await view.waitFor()
  return view
}

describe('the views of a chat', () => {
  beforeAll(async () => {
    const stream = { stream: true, stream_options: { include_usage: true } }
    await open(chat('Where is the sun in winter?', { 'helicone-user-id': 'alice' }, stream))
  })

  test('the conversation', async () => {
    await show('chat')
    const messages = drawer.getByTestId('message')
    expect(
      await messages.evaluateAll((all) => all.map((each) => each.getAttribute('data-role'))),
    ).toEqual(['system', 'user', 'assistant'])
    expect(await messages.nth(1).innerText()).toContain('Where is the sun in winter?')
    expect(await messages.nth(2).innerText()).toContain('built-in sandbox')
  })

  test('the bodies as JSON, and the stream as it came', async () => {
    const view = await show('json')
    await expect.poll(() => view.innerText()).toContain('chat.completion')
    await view.getByRole('radio', { name: 'Request' }).click()
    await expect.poll(() => view.innerText()).toContain('Where is the sun in winter?')
    await view.getByRole('radio', { name: 'Stream' }).click()
    await expect.poll(() => view.innerText()).toContain('data: {"id":')
  })

  test('timing, cost and headers', async () => {
    expect(await (await show('timing')).innerText()).toMatch(/\d+ ?ms|\d+(\.\d+)? ?s/)
    expect(await (await show('cost')).innerText()).toMatch(/input|unpriced|free/i)
    const headers = await (await show('headers')).innerText()
    expect(headers).toContain('/v1/chat/completions')
    expect(headers).toContain('authorization')
    expect(headers).not.toContain('sk-sandbox')
    expect(headers).not.toContain('sk-helicone')
    await visit.expectClean()
  })
})

test('a tool call is shown with its result', async () => {
  await open(toolConversation())
  const call = (await show('chat')).getByTestId('tool-call')
  expect(await call.innerText()).toContain('get_weather')
  expect(await call.innerText()).toContain('Paris')
  expect(await call.getByTestId('tool-result').innerText()).toContain('"rain_mm": 12')
  expect(await drawer.getByTestId('message').last().innerText()).toContain('rain_mm')
})

test('a thumb stays after a reload, and can be changed', async () => {
  await open(chat('Was this any good?'))
  const pressed = (name: string) => drawer.getByTestId(name).getAttribute('aria-pressed')
  const kept = page.waitForResponse((response) => response.url().endsWith('/feedback'))
  await drawer.getByTestId('feedback-up').click()
  await expect.poll(() => pressed('feedback-up')).toBe('true')
  await kept
  await page.reload()
  await expect.poll(() => pressed('feedback-up')).toBe('true')
  const saved = page.waitForResponse((response) => response.url().endsWith('/feedback'))
  await drawer.getByTestId('feedback-down').click()
  await saved
  await page.reload()
  await expect.poll(() => pressed('feedback-down')).toBe('true')
  expect(await pressed('feedback-up')).toBe('false')
})

test('copied as curl, the call runs again', async () => {
  await open(chat("It's quoted: 'single' and \"double\" and $HOME and `date`"))
  await show('headers')
  await drawer.getByTestId('copy-menu').click()
  await page.getByRole('menuitem', { name: 'Copy as curl' }).click()
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await expect.poll(copied).toContain('curl -X POST')
  const command = (await copied())
    .replace('YOUR_HELIOGRAPH_KEY', 'sk-helicone-local00-0000000-0000000-0000000')
    .replace('YOUR_PROVIDER_KEY', 'sk-sandbox')
  expect(command).toContain('/v1/gateway/sandbox/v1/chat/completions')
  const { code, output } = await run('bash', ['-c', command.replace('curl', 'curl -sS --fail')])
  expect(output).toContain('chat.completion')
  expect(code).toBe(0)
})

describe('what the policies did', () => {
  const row = () => page.locator('[data-testid=request-row][aria-selected=true]')

  test('retries and a fallback, in the row and attempt by attempt', async () => {
    const policies = {
      'helicone-retry-enabled': 'true',
      'helicone-retry-num': '2',
      'helicone-retry-min-timeout': '1',
      'helicone-fallback': '[{"model": "sandbox-mini"}]',
    }
    await open(chat('Try harder', policies, { model: 'sandbox-error-500' }))
    await row().getByTestId('fallen-back').waitFor()
    expect(await row().getByTestId('retried').innerText()).toContain('3')
    const view = await show('policies')
    const attempts = await view.getByTestId('attempt').allInnerTexts()
    expect(attempts.map((text) => /\b(500|200)\b/.exec(text)?.[0])).toEqual(['500', '500', '200'])
    expect(await view.innerText()).toContain('entry 0 of the fallbacks')
  })

  test('the timer that ended the call', async () => {
    const policies = { 'helicone-timeout-connect': '20' }
    await open(chat('Take your time', policies, { model: 'sandbox-slow' }))
    const view = await show('policies')
    await view.getByTestId('timer').getByText('no response headers came in time').waitFor()
  })

  test('a header that could not be used, from a button beside the model', async () => {
    await open(chat('Mind the header', { 'helicone-ratelimit-policy': 'lots' }))
    await drawer.getByTestId('drawer-warnings').click()
    const warning = drawer.getByTestId('policies').getByTestId('warning')
    await warning.waitFor()
    expect(await warning.innerText()).toContain('Helicone-RateLimit-Policy')
    expect(await row().getByTestId('retried').count()).toBe(0)
    expect(await row().getByTestId('cache-badge').count()).toBe(0)
  })
})

describe('bodies that are not usual', () => {
  test('omitted ones are said to be omitted', async () => {
    const omitted = { 'helicone-omit-request': 'true', 'helicone-omit-response': 'true' }
    await open(chat('Nobody may read this', omitted))
    await drawer.getByTestId('body-missing').waitFor()
    expect(await page.locator('body').innerText()).not.toContain('Nobody may read this')
    await open(chat('The prompt is kept', { 'helicone-omit-response': 'true' }))
    await drawer.getByText('The answer was not kept').waitFor()
    await open(chat('The answer is kept', { 'helicone-omit-request': 'true' }))
    await drawer.getByText('The prompt was not kept').waitFor()
  })

  test('an error is told in its own words', async () => {
    await open(chat('Too much', {}, { model: 'sandbox-error-429' }))
    await drawer.getByText('Rate limit reached in the sandbox').waitFor()
  })

  test('letters of every script, and 200,000 of them', async () => {
    await open(chat(`${ARABIC} — 你好 🌍`))
    expect(await (await show('chat')).innerText()).toContain(`${ARABIC} — 你好 🌍`)
    await open(chat(`begin ${'x'.repeat(200_000)} finis`))
    await drawer.getByTestId('message').nth(1).waitFor()
    const width = await drawer.evaluate((each) => each.scrollWidth - each.clientWidth)
    expect(width).toBeLessThanOrEqual(0)
    const view = await show('json')
    await view.getByRole('radio', { name: 'Request' }).click()
    await expect.poll(() => view.innerText()).toContain('begin xxx')
  })

  test('a request that does not exist says so', async () => {
    await page.goto('/?request=00000000-0000-7000-8000-000000000000')
    await page.getByTestId('request-missing').waitFor()
    await visit.expectClean([/status of 404/])
  })
})
