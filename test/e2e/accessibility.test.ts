/** What everybody needs: names for what can be pressed, a visible focus, an order of tabs, colours that can be read. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contrastOf } from './support/contrast.ts'
import { sendUntilHit } from './support/policies.ts'
import { startProduct, type Product } from './support/product.ts'
import { chat, send } from './support/traffic.ts'
import { settle, type Visit } from './support/visit.ts'

let product: Product
let visit: Visit
let page: Page

const PAGES = [
  '/',
  '/cache',
  '/rate-limits',
  '/get-started',
  '/settings/keys',
  '/settings',
  '/no/such/page',
] as const

/** What a page shows once it has its data. */
const FILLED: Partial<Record<string, string>> = {
  '/': 'request-row',
  '/cache': 'cache-entry',
  '/rate-limits': 'denied-segment',
  '/settings': 'setting-strict_headers',
}

beforeAll(async () => {
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
  for (const model of ['sandbox-mini', 'sandbox-error-429', 'sandbox-think']) {
    const headers = { authorization: 'Bearer sk-sandbox', 'helicone-user-id': 'alice' }
    await send(product.gateway, chat('Can everybody read this?', headers, { model }))
  }
  const policies = {
    authorization: 'Bearer sk-sandbox',
    'helicone-user-id': 'alice',
    'helicone-cache-enabled': 'true',
  }
  const cached = chat('Once more', policies, { model: 'sandbox-mini' })
  await sendUntilHit(product.gateway, cached)
  const limit = { ...policies, 'helicone-ratelimit-policy': '1;w=3600;s=user' }
  const limited = ['One', 'Two'].map((text) => chat(text, limit, { model: 'sandbox-mini' }))
  for (const sample of limited) await send(product.gateway, sample)
})

afterAll(() => product.close())

async function visitPage(path: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('button').or(page.getByRole('link')).first().waitFor()
  const filled = FILLED[path]
  if (filled !== undefined) await page.getByTestId(filled).first().waitFor()
}

/** Roles in the browser's own accessibility tree that people act on. */
const INTERACTIVE =
  /^(button|link|textbox|searchbox|combobox|checkbox|radio|switch|tab|menuitem|option|slider|spinbutton|grid)$/

interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
  readonly backendDOMNodeId?: number
}

async function namelessControls(): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as unknown as {
    nodes: AxNode[]
  }
  const controls = nodes.filter((node) => !node.ignored && INTERACTIVE.test(node.role?.value ?? ''))
  expect(controls).not.toEqual([])
  const nameless = controls.filter((node) => (node.name?.value ?? '').trim() === '')
  await session.detach()
  return nameless.map((node) => `${node.role?.value} #${node.backendDOMNodeId}`)
}

describe('every control has a name', () => {
  test.for(PAGES)('on %s', async (path) => {
    await visitPage(path)
    expect(await namelessControls()).toEqual([])
    await page.getByRole('heading').first().waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.title()).toContain('Heliograph')
  })

  test('in the drawer, its menus and the dialogs', async () => {
    await visitPage('/')
    await page.getByTestId('request-row').first().click()
    await page.getByTestId('message').first().waitFor()
    expect(await namelessControls()).toEqual([])
    await page.getByTestId('facet-menu').click()
    expect(await namelessControls()).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('time-range').click()
    expect(await namelessControls()).toEqual([])
    await page.goto('/settings/keys')
    await page.getByTestId('create-key').click()
    await page.getByTestId('key-name').waitFor()
    expect(await namelessControls()).toEqual([])
    await page.goto('/rate-limits')
    await page.getByTestId('create-rule').click()
    await page.getByTestId('option-property').click()
    expect(await namelessControls()).toEqual([])
    await page.goto('/cache')
    await page.getByTestId('purge-cache').click()
    await page.getByTestId('option-seed').click()
    expect(await namelessControls()).toEqual([])
  })

  test('on the pages before the door', async () => {
    const guest = await product.visit()
    const own = page
    try {
      page = guest.page
      for (const path of ['/sign-in', '/setup']) {
        await page.goto(path)
        await page.getByRole('heading').first().waitFor()
        expect(await namelessControls()).toEqual([])
      }
    } finally {
      page = own
      await guest.close()
    }
  })
})

describe('by keyboard alone', () => {
  /** Presses Tab until it comes round; answers what had the focus, and whether that could be seen. */
  async function walk(limit: number): Promise<{ name: string; isVisible: boolean }[]> {
    const stops = []
    for (let step = 0; step < limit; step += 1) {
      await page.keyboard.press('Tab')
      const stop = await page.evaluate(() => {
        const focused = document.activeElement
        if (!(focused instanceof HTMLElement) || focused === document.body) return null
        const ringed = [focused, focused.parentElement ?? focused]
        const isVisible = ringed.some((each) => {
          const style = getComputedStyle(each)
          const hasOutline =
            style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0
          return hasOutline || style.boxShadow !== 'none'
        })
        const name = focused.getAttribute('aria-label') ?? focused.textContent ?? ''
        return { name: name.trim() || focused.tagName, isVisible }
      })
      if (stop === null) break
      stops.push(stop)
    }
    return stops
  }

  test('the tabs reach everything in the order of the page, and are seen', async () => {
    await visitPage('/')
    const stops = await walk(40)
    const names = stops.map(({ name }) => name)
    expect(names[0]).toBe('Skip to content')
    const order = [
      'Requests',
      'Cache',
      'Rate limits',
      'Get started',
      'Keys',
      'Settings',
      'Live',
      'Filter requests',
      'Filters',
      'Refresh',
    ]
    const places = order.map((name) => names.findIndex((each) => each.startsWith(name)))
    expect(places, names.join(' | ')).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(stops.filter(({ isVisible }) => !isVisible)).toEqual([])
  })

  test('a dialog keeps the focus, and gives it back', async () => {
    await visitPage('/settings/keys')
    await page.getByTestId('create-key').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('key-name').waitFor()
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press('Tab')
      const isInside = await page.evaluate(
        () => document.activeElement?.closest('[role=dialog]') !== null,
      )
      expect(isInside).toBe(true)
    }
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    const isBack = () =>
      page.getByTestId('create-key').evaluate((each) => each === document.activeElement)
    await expect.poll(isBack).toBe(true)
  })

  test('a closed drawer gives the focus to the list, with the cursor on its row', async () => {
    await visitPage('/')
    for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key)
    const drawer = page.getByTestId('drawer')
    const id = await drawer.getAttribute('data-request-id')
    await drawer.getByTestId('tab-chat').focus()
    await page.keyboard.press('ArrowRight')
    await drawer.getByTestId('json').waitFor()
    await drawer.getByTestId('drawer-close').focus()
    await page.getByRole('tooltip').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => drawer.count()).toBe(0)
    const table = page.getByTestId('request-table')
    expect(await table.evaluate((each) => each === document.activeElement)).toBe(true)
    expect(await table.getAttribute('aria-activedescendant')).toBe(`request-${id}`)
    await page.keyboard.press('Enter')
    await expect.poll(() => drawer.getAttribute('data-request-id')).toBe(id)
  })
})

describe('colours', () => {
  const AA = 4.5
  /** Pages behind what opens over them. */
  const SHOWN_ON: Partial<Record<string, string>> = { rule: '/rate-limits', purge: '/cache' }

  test('of all text can be read, in both themes', async () => {
    const poor = new Set<string>()
    const hit = page.getByTestId('request-row').filter({ hasText: 'Once more' }).first()
    for (const path of [...PAGES, 'drawer', 'policies', 'rule', 'purge']) {
      await visitPage(path.startsWith('/') ? path : (SHOWN_ON[path] ?? '/'))
      if (path === 'drawer') {
        await page.getByTestId('request-row').first().click()
        await page.getByTestId('drawer').waitFor()
      }
      if (path === 'policies') {
        await hit.click()
        await page.getByTestId('tab-policies').click()
        await page.getByTestId('policies').waitFor()
      }
      if (path === 'rule') await page.getByTestId('create-rule').click()
      if (path === 'purge') await page.getByTestId('purge-entry').first().click()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await settle(page)
        const texts = await page.evaluate(contrastOf)
        expect(texts.length).toBeGreaterThan(2)
        for (const { ratio, text, color, ground } of texts) {
          const words = `${path} “${text}” ${color} on ${ground}: ${ratio.toFixed(2)}`
          if (ratio < AA) poor.add(words)
        }
      }
    }
    expect([...poor]).toEqual([])
  })
})
