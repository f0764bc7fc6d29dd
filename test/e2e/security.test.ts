/** What strangers wrote stays text: prompts, headers, providers' answers. Nothing runs, nothing leaves the origin. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOCAL_KEY } from '../support/gateway.ts'
import { startSandboxServer, type SandboxServer } from '../support/sandbox-server.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json, reply } from '../support/upstream-scripts.ts'
import { makeRule, sendUntilHit } from './support/policies.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, HOSTILE, SAMPLES, send, sendAll } from './support/traffic.ts'
import type { Visit } from './support/visit.ts'

const SCRIPT =
  '<!doctype html><title>planted</title><script>window.__xss=1;fetch("/api/session")</script><form action="/api/session" method="post"><button>ok</button></form>'

let providers: SandboxServer
let evil: Upstream
let product: Product
let visit: Visit
let page: Page

beforeAll(async () => {
  providers = await startSandboxServer()
  evil = await startUpstream()
  const upstream = { openai: providers.url, anthropic: providers.url, mistral: evil.url }
  product = await startProduct({ upstream })
  visit = await product.signedIn()
  page = visit.page
})

afterAll(async () => {
  await product.close()
  await providers.close()
  await evil.close()
})

/** Elements that only what was written into a prompt, and taken for markup, could have made. */
async function expectNothingPlanted(): Promise<void> {
  const planted = page.locator(
    'img[src=x], iframe, object, embed, base, #planted, [onerror], [onload], a[href^="javascript:"]',
  )
  expect(await planted.count()).toBe(0)
  expect(await page.locator('body > style, #root style, #root script').count()).toBe(0)
}

describe('hostile prompts', () => {
  beforeAll(async () => {
    evil.answer(json({ error: { message: HOSTILE[0], type: HOSTILE[1] } }, { status: 400 }))
    const hostile = SAMPLES.filter((sample) => JSON.stringify(sample.body).includes('__xss'))
    const answered = chat(HOSTILE[0], {}, {}, 'mistral')
    await sendAll(product.gateway, [...hostile, answered])
  })

  test('in the list, its filters and its suggestions', async () => {
    await page.goto('/')
    await expect.poll(() => page.getByTestId('request-row').count()).toBe(HOSTILE.length + 1)
    await expectNothingPlanted()
    await page.getByTestId('facet-menu').click()
    for (const field of ['User', 'Session', 'note']) {
      await page.getByRole('tab', { name: field, exact: true }).click()
      await page.getByTestId('facet-value').first().click()
      await expectNothingPlanted()
    }
    await page.keyboard.press('Escape')
    // The closing menu gives the focus back to its button, which would take it from the filter line.
    await page.getByTestId('facet-menu').and(page.locator(':focus')).waitFor()
    await page.getByTestId('filter-input').fill('user:<')
    await page.getByTestId('suggestion').first().waitFor()
    await expectNothingPlanted()
    await visit.expectClean()
  })

  test('in every view of the drawer, and in the address', async () => {
    await page.goto(`/?q=${encodeURIComponent('<img src=x onerror="window.__xss=1">')}`)
    await page.getByTestId('request-table').waitFor()
    await page.goto('/')
    const rows = page.getByTestId('request-row')
    await expect.poll(() => rows.count()).toBe(HOSTILE.length + 1)
    await rows.first().click()
    const drawer = page.getByTestId('drawer')
    for (let at = 0; at <= HOSTILE.length; at += 1) {
      const id = (await rows.nth(at).getAttribute('data-request-id')) ?? ''
      await expect.poll(() => drawer.getAttribute('data-request-id')).toBe(id)
      for (const tab of ['headers', 'policies', 'cost', 'timing', 'json', 'chat']) {
        await drawer.getByTestId(`tab-${tab}`).click()
        await drawer.getByTestId(tab).waitFor()
        await expectNothingPlanted()
      }
      await page.keyboard.press('j')
    }
    expect(await drawer.innerText()).toContain('window.__xss')
    await visit.expectClean()
  })
})

describe('hostile names', () => {
  beforeAll(async () => {
    for (const [at, text] of HOSTILE.entries()) {
      const sample = chat(text, {
        'helicone-user-id': text,
        'helicone-cache-enabled': 'true',
        'helicone-ratelimit-policy': '1000;w=3600;s=user',
      })
      await sendUntilHit(product.gateway, sample)
      await makeRule(product.gateway, {
        name: text,
        quota: 1_000,
        window_seconds: 3_600,
        unit: 'request',
        segment: `plan-${at}`,
      })
    }
  })

  test('of cached answers', async () => {
    await page.goto('/cache')
    const entries = page.getByTestId('cache-entry')
    await expect.poll(() => entries.count()).toBe(HOSTILE.length)
    expect((await entries.allInnerTexts()).join()).toContain('window.__xss')
    await expectNothingPlanted()
    await visit.expectClean()
  })

  test('of rules, and of those who are limited', async () => {
    await page.goto('/rate-limits')
    const limits = page.getByTestId('live-limit')
    await expect.poll(() => limits.count()).toBe(HOSTILE.length)
    const rules = page.getByTestId('rule-row')
    await expect.poll(() => rules.count()).toBe(HOSTILE.length)
    expect((await rules.allInnerTexts()).join()).toContain('window.__xss')
    expect((await limits.allInnerTexts()).join()).toContain('window.__xss')
    await rules.first().getByTestId('delete-rule').click()
    await page.getByRole('dialog').waitFor()
    await expectNothingPlanted()
    await visit.expectClean()
  })
})

describe("a provider's answer, opened as a page", () => {
  test.for<[type: string, body: string]>([
    ['text/html; charset=utf-8', SCRIPT],
    [
      'application/xhtml+xml',
      `<html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT.slice(15)}</html>`,
    ],
    [
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>window.__xss=1</script></svg>',
    ],
    ['text/plain', SCRIPT],
    ['application/json', SCRIPT],
    ['', SCRIPT],
  ])('of type %s, runs nothing on our origin', async ([type, body]) => {
    evil.answer(reply(body, { headers: type === '' ? {} : { 'content-type': type } }))
    const tab = await visit.context.newPage()
    await tab.setExtraHTTPHeaders({ 'helicone-auth': `Bearer ${LOCAL_KEY}` })
    const before = visit.requested.length
    const answer = await tab.goto('/v1/gateway/mistral/v1/page')
    expect(answer?.status()).toBe(200)
    expect(answer?.headers()['x-content-type-options']).toBe('nosniff')
    expect(visit.requested.slice(before).filter((url) => url.endsWith('/api/session'))).toEqual([])
    // The browser's own words about what it has refused.
    await visit.expectClean([/Blocked script execution/, /violates the following Content Security/])
    await tab.close()
  })
})

describe('the pages', () => {
  test.for([
    '/',
    '/cache',
    '/rate-limits',
    '/settings',
    '/sign-in',
    '/setup',
    '/get-started',
    '/no/such/page',
    '/docs',
  ])('%s carries a policy that allows no foreign and no inline script', async (path) => {
    const { headers } = await product.gateway.fetch(path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/script-src 'self'(;|$)/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('a script that got in all the same is refused', async () => {
    const guest = await product.visit()
    await guest.page.goto('/sign-in')
    await guest.page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.__xss=1'
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src="/x" onerror="window.__xss=1">')
    })
    await guest.page.waitForFunction(() => document.images[0]?.complete)
    await expect(guest.expectClean()).rejects.toThrow(/inline script/)
    expect(await guest.page.evaluate(() => Reflect.has(window, '__xss'))).toBe(false)
    await guest.close()
  })

  test('a call from another site changes nothing', async () => {
    const guest = await product.signedIn()
    const cookie = (await guest.context.cookies()).map(({ name, value }) => `${name}=${value}`)
    const answer = await product.gateway.fetch('/api/session', {
      method: 'DELETE',
      headers: {
        cookie: cookie.join('; '),
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      },
    })
    expect(answer.status).toBe(403)
    await guest.page.reload()
    await guest.page.getByTestId('request-table').waitFor()
    await guest.close()
  })
})

test('a picture elsewhere is loaded by the reader alone', async () => {
  const picture = 'https://pictures.example/cat.png'
  const content = [{ type: 'image_url', image_url: { url: picture } }]
  const answer = await send(product.gateway, {
    ...chat('', {}, { messages: [{ role: 'user', content }] }),
  })
  await page.route(picture, (route) => route.fulfill({ status: 404, body: '' }))
  await page.goto(`/?request=${answer.headers.get('helicone-id')}`)
  await page.getByRole('button', { name: 'Load image' }).waitFor()
  expect(visit.requested).not.toContain(picture)
  await page.getByRole('button', { name: 'Load image' }).click()
  await page.getByText('This image cannot be shown').waitFor()
  expect(visit.requested).toContain(picture)
})
