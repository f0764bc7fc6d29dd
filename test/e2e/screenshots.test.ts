/** A picture of every page, light and dark, wide and narrow, in test-results/ for people to look at. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../support/gateway-options.ts'
import { startSandboxServer, type SandboxServer } from '../support/sandbox-server.ts'
import { makeRule, sendUntilHit } from './support/policies.ts'
import { startProduct, type Product } from './support/product.ts'
import { settle } from './support/visit.ts'
import { chat, SAMPLES, send, sendAll, toolConversation } from './support/traffic.ts'

const FOLDER = join(ROOT, 'test-results/screenshots')

let providers: SandboxServer
let product: Product
let agentId: string

beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true })
  providers = await startSandboxServer()
  const { url } = providers
  product = await startProduct({ upstream: { openai: url, anthropic: url, groq: url } })
  await sendAll(product.gateway, SAMPLES)
  const answer = await send(product.gateway, toolConversation())
  agentId = answer.headers.get('helicone-id') ?? ''
})

/** Cached calls of some models, a rule, and a user who is over the limit. */
async function usePolicies(): Promise<void> {
  const { gateway } = product
  for (const [at, text] of ['Summarise the report', 'Translate the notes', 'Say hello'].entries()) {
    const model = at === 2 ? { model: 'model-without-a-price' } : {}
    const sample = chat(text, { 'helicone-cache-enabled': 'true' }, model)
    await sendUntilHit(gateway, sample)
    for (let more = at; more < 4; more += 1) await send(gateway, sample)
  }
  const policy = '3;w=3600;s=user, 5000;w=86400;u=cents'
  for (const user of ['ada', 'ada', 'ada', 'ada', 'linus']) {
    const headers = { 'helicone-user-id': user, 'helicone-ratelimit-policy': policy }
    await send(gateway, chat('How much is left?', headers))
  }
  await makeRule(gateway, {
    name: 'Fair use',
    quota: 100,
    window_seconds: 60,
    unit: 'request',
    segment: 'user',
  })
}

afterAll(async () => {
  await product.close()
  await providers.close()
})

const LOOKS = [
  ['light', 1440, 900],
  ['dark', 1440, 900],
  ['dark', 390, 844],
  ['light', 390, 844],
] as const

test('every page fits the window, wide and narrow', async () => {
  const visit = await product.signedIn()
  const { page } = visit
  const shoot = async (name: string): Promise<void> => {
    for (const [colorScheme, width, height] of LOOKS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height })
      await settle(page)
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(excess, `${name} is wider than ${width}`).toBeLessThanOrEqual(0)
      await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}-${width}.png`) })
    }
  }
  await page.getByTestId('request-row').first().waitFor()
  await shoot('requests')
  await page.getByTestId('facet-menu').click()
  await page.getByTestId('facet-value').first().waitFor()
  await shoot('requests-filters')
  await page.goto(`/?request=${agentId}`)
  for (const tab of ['chat', 'json', 'timing', 'cost', 'policies', 'headers']) {
    await page.getByTestId(`tab-${tab}`).click()
    await page.getByTestId(tab).waitFor()
    await shoot(`drawer-${tab}`)
  }
  await page.goto('/?f=user:nobody')
  await page.getByTestId('no-match').waitFor()
  await shoot('requests-no-match')
  await page.goto('/cache')
  await page.getByTestId('no-cache').waitFor()
  await shoot('cache-empty')
  await page.goto('/rate-limits')
  await page.getByTestId('no-rules').waitFor()
  await shoot('rate-limits-empty')
  await usePolicies()
  await page.goto('/cache')
  await page.getByTestId('cache-entry').first().waitFor()
  await shoot('cache')
  await page.getByTestId('hit-rate').getByTestId('show-requests').click()
  await page.getByTestId('filter-input').fill('cache:')
  await page.getByTestId('suggestion').first().waitFor()
  await shoot('requests-cache')
  await page.goto('/?f=cache:hit&f=-cache:bypass')
  await page.getByTestId('facet-menu').click()
  await page.getByRole('tab', { name: 'Cache' }).click()
  await page.getByTestId('facet-value').first().waitFor()
  await shoot('requests-cache-facets')
  await page.goto('/cache')
  await page.getByTestId('purge-cache').click()
  await page.getByTestId('purge-dialog').waitFor()
  await shoot('cache-purge')
  await page.goto('/rate-limits')
  await page.getByTestId('denied-segment').first().waitFor()
  await page.getByTestId('rule-row').first().waitFor()
  await shoot('rate-limits')
  await page.getByTestId('create-rule').click()
  await page.getByTestId('rule-dialog').waitFor()
  await shoot('rate-limits-create')
  await page.goto('/settings')
  await page.getByTestId('setting-timeout_total_ms').waitFor()
  await shoot('settings')
  await page.goto('/?f=status:429&f=user:ada&tab=policies')
  await page.getByTestId('request-row').first().click()
  await page.getByTestId('tab-policies').click()
  await page.getByTestId('limit-fact').first().waitFor()
  await shoot('drawer-denied')
  await page.goto('/get-started')
  await page.getByTestId('open-first-request').waitFor()
  await shoot('get-started')
  await page.goto('/settings/keys')
  await page.getByTestId('key-row').first().waitFor()
  await shoot('keys')
  await page.getByTestId('create-key').click()
  await page.getByTestId('key-name').waitFor()
  await shoot('keys-create')
  await page.goto('/no/such/page')
  await page.getByTestId('not-found').waitFor()
  await shoot('not-found')
  await page.goto('/setup')
  await page.getByTestId('organization-name').waitFor()
  await shoot('setup')
  await visit.context.clearCookies()
  await page.goto('/sign-in')
  await page.getByTestId('sign-in-link').waitFor()
  await shoot('sign-in')
  await visit.close()
})
