/** The life of a key, and the first run of a deployment. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setupStatement } from '../../scripts/account/links.ts'
import type { Gateway } from '../support/gateway.ts'
import { startProduct, type Product } from './support/product.ts'

/** A call by this key; the sandbox answers it. */
async function callWith(gateway: Gateway, key: string): Promise<number> {
  const response = await gateway.fetch('/sandbox/v1/chat/completions', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'helicone-auth': `Bearer ${key}`,
      authorization: 'Bearer sk-sandbox',
    },
    body: JSON.stringify({ model: 'sandbox-mini', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.text()
  return response.status
}

describe('a key', () => {
  let product: Product

  beforeAll(async () => {
    product = await startProduct()
  })

  afterAll(() => product.close())

  test.for([
    ['Read and write', 'production-api', 200],
    ['Write only', 'ingest-only', 403],
  ] as const)('of kind %s is shown once, works, is revoked, is refused', async (kind) => {
    const [access, name, readStatus] = kind
    const visit = await product.signedIn()
    const { page } = visit
    await page.goto('/settings/keys')
    await page.getByTestId('create-key').click()
    await page.getByTestId('key-name').fill(name)
    await page.getByRole('radio', { name: access }).check()
    await page.getByRole('button', { name: 'Create key' }).last().click()
    const shown = page.getByTestId('created-key')
    const key = (await shown.locator('code').innerText()).trim()
    expect(key).toMatch(access === 'Write only' ? /^pk-helicone-/ : /^sk-helicone-/)
    await shown.getByRole('button', { name: 'I have copied it' }).click()

    const row = page.getByTestId('key-row').filter({ hasText: name })
    await row.waitFor()
    await page.reload()
    await row.waitFor()
    expect(await page.content()).not.toContain(key)
    expect(await callWith(product.gateway, key)).toBe(200)
    const headers = { authorization: `Bearer ${key}` }
    expect((await product.gateway.fetch('/api/keys', { headers })).status).toBe(readStatus)

    await row.getByTestId('revoke-key').click()
    await page.getByTestId('confirm').click()
    await row.getByText('revoked', { exact: true }).waitFor()
    // The gateway knows a key that it has just seen for up to a minute; the API asks each time.
    expect((await product.gateway.fetch('/api/keys', { headers })).status).toBe(401)
    await visit.expectClean()
    await visit.close()
  })

  test('that the gateway has not seen is refused by it as soon as it is revoked', async () => {
    const visit = await product.signedIn()
    const { page } = visit
    await page.goto('/settings/keys')
    await page.getByTestId('create-key').click()
    await page.getByTestId('key-name').fill('never-used')
    await page.keyboard.press('Enter')
    const shown = page.getByTestId('created-key')
    const key = (await shown.locator('code').innerText()).trim()
    // It is shown this once: nothing but its buttons puts it away.
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    await shown.getByRole('button', { name: 'I have copied it' }).click()
    await expect.poll(() => shown.count()).toBe(0)
    const row = page.getByTestId('key-row').filter({ hasText: 'never-used' })
    await row.getByTestId('revoke-key').click()
    await page.getByTestId('confirm').click()
    await row.getByText('revoked', { exact: true }).waitFor()
    expect(await callWith(product.gateway, key)).toBe(401)
    await visit.expectClean()
    await visit.close()
  })
})

describe('the first run of a deployment', () => {
  const token = randomBytes(32).toString('hex')
  let product: Product

  beforeAll(async () => {
    product = await startProduct({ vars: { ENVIRONMENT: 'production', SANDBOX_PROVIDER: 'true' } })
    const { DB } = product.gateway.env
    for (const table of ['api_keys', 'organizations'])
      await DB.prepare(`DELETE FROM ${table}`).run()
    const hash = createHash('sha256').update(token).digest('hex')
    for (const statement of setupStatement(hash).split('; ')) await DB.prepare(statement).run()
  })

  afterAll(() => product.close())

  test('a wrong token is refused in words', async () => {
    const visit = await product.visit()
    const { page } = visit
    await page.goto('/setup?token=wrong')
    await page.getByTestId('organization-name').fill('Intruders')
    await page.getByRole('button', { name: /Create organisation/ }).click()
    await page.getByTestId('setup-error').waitFor()
    await visit.expectClean([/status of 40[13]/])
    await visit.close()
  })

  test('the token makes the organisation and its key, once', async () => {
    const visit = await product.visit()
    const { page } = visit
    await page.goto(`/setup?token=${token}`)
    await page.getByTestId('organization-name').fill('Acme & Söhne')
    expect(page.url()).not.toContain(token)
    await page.getByRole('button', { name: /Create organisation/ }).click()
    const done = page.getByTestId('setup-done')
    await done.getByText('Acme & Söhne is ready').waitFor()
    const key = (await done.locator('code').innerText()).trim()
    expect(await callWith(product.gateway, key)).toBe(200)

    await done.getByRole('link', { name: 'I have copied it, go on' }).click()
    await page
      .getByTestId('first-request-status')
      .and(page.locator('[data-state=received]'))
      .waitFor()
    expect(await page.content()).not.toContain(key)
    await page.getByTestId('make-key').click()
    await page.getByTestId('api-key').waitFor()
    const made = (await page.getByTestId('api-key').innerText()).trim()
    expect(await callWith(product.gateway, made)).toBe(200)
    await visit.expectClean()
    await visit.close()

    const second = await product.visit()
    await second.page.goto(`/setup?token=${token}`)
    await second.page.getByTestId('organization-name').fill('Somebody else')
    await second.page.getByRole('button', { name: /Create organisation/ }).click()
    await second.page.getByTestId('setup-error').waitFor()
    const { DB } = product.gateway.env
    const { results } = await DB.prepare('SELECT name FROM organizations').all<{ name: string }>()
    expect(results).toEqual([{ name: 'Acme & Söhne' }])
    await second.close()
  })

  test('the key and the link of a local run open nothing here', async () => {
    expect(await callWith(product.gateway, 'sk-helicone-local00-0000000-0000000-0000000')).toBe(401)
    const visit = await product.visit()
    await visit.page.goto(product.signInLink)
    await visit.page.getByTestId('sign-in-error').waitFor()
    await visit.close()
  })
})
