/** The reference page without the internet, and addresses that lead nowhere. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProduct, type Product } from './support/product.ts'

let product: Product

beforeAll(async () => {
  product = await startProduct()
})

afterAll(() => product.close())

test('the API reference lists every operation of the document, from our origin alone', async () => {
  const document = (await (await product.gateway.fetch('/v1/openapi.json')).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  const operations = Object.values(document.paths).flatMap((path) =>
    Object.keys(path).filter((name) => /^(get|put|post|delete|patch)$/.test(name)),
  )
  const visit = await product.visit()
  await visit.page.goto('/docs')
  const shown = visit.page.locator('.opblock')
  await expect.poll(() => shown.count()).toBe(operations.length)
  expect(operations.length).toBeGreaterThan(10)
  expect(await visit.page.locator('.opblock-summary-path').allInnerTexts()).toContainEqual(
    expect.stringMatching(/\/v1\/request\/query/),
  )
  await shown.first().locator('.opblock-summary-control').click()
  await visit.page.locator('.opblock-body').first().waitFor()
  await visit.expectClean()
  await visit.close()
})

test('what is tested is what is deployed: no development code, and no path of the machine that built it', async () => {
  const page = await (await product.gateway.fetch('/')).text()
  const [, entry] = /src="(\/assets\/index-[^"]+\.js)"/.exec(page) ?? []
  const script = await (await product.gateway.fetch(entry ?? '/')).text()
  expect(script.length).toBeGreaterThan(100_000)
  expect(script).not.toContain('jsxDEV')
  expect(script).not.toContain('dashboard/src/')
})

test('a file that is not there is not found; every page is the one document', async () => {
  const { gateway } = product
  const missing = await gateway.fetch('/assets/index-00000000.js')
  expect(missing.status).toBe(404)
  expect(await missing.text()).not.toContain('<html')
  const document = await (await gateway.fetch('/')).text()
  for (const path of [
    '/requests',
    '/requests/some-id?tab=policies',
    '/no/such/page',
    '/index.html',
  ]) {
    const page = await gateway.fetch(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toBe(document)
  }
})

test('an unknown page says so, with a way on', async () => {
  const visit = await product.signedIn()
  const { page } = visit
  await page.goto('/no/such/page')
  await page.getByTestId('not-found').waitFor()
  await page.getByRole('link', { name: 'Go to Requests' }).click()
  await page.getByTestId('request-table').waitFor()
  await visit.expectClean()
  await visit.close()
})

test('keys lead from page to page', async () => {
  const visit = await product.signedIn()
  const { page } = visit
  for (const [keys, path] of [
    ['gc', '/cache'],
    ['gl', '/rate-limits'],
    ['gs', '/get-started'],
    ['gk', '/settings/keys'],
    ['g,', '/settings'],
    ['gr', '/'],
    ['gd', '/docs'],
  ] as const) {
    await page.keyboard.press(keys.slice(0, 1))
    await page.keyboard.press(keys.slice(1))
    await page.waitForURL(product.url + path)
  }
  await visit.expectClean()
  await visit.close()
})

test('a phone has the main pages on its bar, and the rest under More', async () => {
  const visit = await product.signedIn({ width: 390, height: 844 })
  const { page } = visit
  const bar = page.getByTestId('phone-bar')
  for (const [name, path] of [
    ['Cache', '/cache'],
    ['Limits', '/rate-limits'],
    ['Start', '/get-started'],
    ['Requests', '/'],
  ] as const) {
    await bar.getByRole('link', { name }).click()
    await page.waitForURL(product.url + path)
  }
  for (const [name, path] of [
    ['Keys', '/settings/keys'],
    ['Settings', '/settings'],
  ] as const) {
    await bar.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
    await page.waitForURL(product.url + path)
    await expect.poll(() => page.getByRole('menu').count()).toBe(0)
  }
  await visit.expectClean()
  await visit.close()
})
