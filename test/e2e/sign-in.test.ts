/** The door: one-time links, what a visitor without a session sees, and the way out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProduct, type Product } from './support/product.ts'

/** A visitor who is not signed in is told so by the API; Chromium writes that to its console. */
const SIGNED_OUT = /status of 401 .*\/api\/session/

const SCRIPT = 'javascript:window.__xss=1'

let product: Product

beforeAll(async () => {
  product = await startProduct()
})

afterAll(() => product.close())

describe('signing in', () => {
  test('the printed link signs in once, and leaves no token in the address', async () => {
    const visit = await product.visit()
    const { page } = visit
    await page.goto(product.signInLink)
    await page.getByTestId('no-requests').waitFor()
    expect(new URL(page.url()).search).toBe('')
    await page.goBack()
    expect(page.url()).not.toContain('token')

    const cookies = await visit.context.cookies()
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Lax' }])
    await visit.expectClean()
    await visit.close()

    const second = await product.visit()
    await second.page.goto(product.signInLink)
    const refusal = second.page.getByTestId('sign-in-error')
    await refusal.waitFor()
    expect(await refusal.innerText()).toContain('used already')
    await second.page.getByText('npm run sign-in-link').waitFor()
    expect(second.page.url()).not.toContain('token')
    await second.expectClean([/status of 401/])

    await second.page.getByTestId('sign-in-link').fill(await product.newSignInLink())
    await second.page.getByRole('button', { name: 'Sign in' }).click()
    await second.page.getByTestId('no-requests').waitFor()
    await second.close()
  })

  test('whoever is signed in already may use an old link', async () => {
    const visit = await product.signedIn()
    await visit.page.goto(product.signInLink)
    await visit.page.getByTestId('request-table').waitFor()
    await visit.close()
  })
})

describe('without a session', () => {
  test('every page leads to the sign-in page, and the last one back', async () => {
    const visit = await product.visit()
    const { page } = visit
    for (const path of [
      '/',
      '/cache?range=1h',
      '/rate-limits',
      '/settings',
      '/settings/keys',
      '/?q=hello&range=24h',
    ]) {
      await page.goto(path)
      await page.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/sign-in')
    }
    await visit.expectClean([SIGNED_OUT])

    await page.getByTestId('sign-in-link').fill(await product.newSignInLink())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByTestId('rail').waitFor()
    expect(page.url()).toBe(`${product.url}/?q=hello&range=24h`)
    await visit.close()
  })

  test('the way back is a page of this site, and nothing else', async () => {
    const visit = await product.visit()
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example/', SCRIPT]) {
      const link = new URL(await product.newSignInLink())
      link.searchParams.set('next', next)
      await visit.page.goto(link.href)
      await visit.page.getByTestId('request-table').waitFor()
      expect(visit.page.url()).toBe(`${product.url}/`)
    }
    await visit.expectClean()
    await visit.close()
  })
})

test('signing out ends the session, here and on the server', async () => {
  const visit = await product.signedIn()
  const { page, context } = visit
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const ask = () => product.gateway.fetch('/api/session', { headers: { cookie } })
  expect((await ask()).status).toBe(200)

  await page.getByTestId('organization-menu').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
  expect(await context.cookies()).toEqual([])
  expect((await ask()).status).toBe(401)

  await page.goBack()
  await page.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
  await visit.expectClean([/status of 401/])
  await visit.close()
})
