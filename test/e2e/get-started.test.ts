/** The first minutes: the page waits, a real call arrives, and every snippet does what it says. */
import OpenAI from 'openai'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOCAL_KEY } from '../support/gateway.ts'
import { ROOT } from '../support/gateway-options.ts'
import { startProduct, type Product } from './support/product.ts'
import { run, type Ran } from './support/run.ts'
import type { Visit } from './support/visit.ts'

/** The bar is half a second; machines that run many tests at a time are slow. */
const GENEROUS_PUSH_MS = 3_000
const PYTHON = join(ROOT, '.wrangler/py/bin/python')
const RESULTS = join(ROOT, 'test-results')

let product: Product
let visit: Visit
let page: Page
/** Below the root, so that scripts in it find the installed packages. */
let folder: string

beforeAll(async () => {
  await mkdir(RESULTS, { recursive: true })
  folder = await mkdtemp(join(RESULTS, 'snippets-'))
  product = await startProduct()
  visit = await product.signedIn()
  page = visit.page
})

afterAll(async () => {
  await product.close()
  await rm(folder, { recursive: true, force: true })
})

test('waits for the first request, and turns by itself', async () => {
  await page.getByRole('link', { name: 'Send your first request' }).click()
  await page.getByText('Waiting for your first request…').waitFor()
  const status = page.getByTestId('first-request-status')
  // The feed is open: what comes now is pushed, not found by asking.
  const feed = await page.context().newPage()
  await feed.goto('/')
  await feed.locator('[data-testid=live-indicator][data-state=live]').waitFor()
  await feed.close()

  const client = new OpenAI({
    apiKey: 'sk-sandbox',
    baseURL: `${product.url}/v1`,
    defaultHeaders: { 'Helicone-Auth': `Bearer ${LOCAL_KEY}` },
  })
  const completion = await client.chat.completions.create({
    model: 'sandbox-mini',
    messages: [{ role: 'user', content: 'Is anybody there?' }],
  })
  const answeredAt = performance.now()
  await status.and(page.locator('[data-state=received]')).waitFor()
  const pushMs = performance.now() - answeredAt
  console.info(`the first request was on the page ${pushMs.toFixed(0)} ms after its answer`)
  expect(pushMs).toBeLessThan(GENEROUS_PUSH_MS)
  expect(completion.choices[0]?.message.content).toContain('Is anybody there?')

  await page.getByTestId('open-first-request').click()
  const drawer = page.getByTestId('drawer')
  await drawer.getByText('Is anybody there?', { exact: true }).waitFor()
  await visit.expectClean()
})

describe('the snippets', () => {
  const SNIPPETS = [
    { tab: 'curl', start: runBash },
    { tab: 'openai-ts', start: runNode },
    { tab: 'anthropic-ts', start: runNode },
    { tab: 'openai-py', start: runPython },
    { tab: 'anthropic-py', start: runPython },
    { tab: 'claude-code', start: runClaudeCode },
  ]

  test('there is one for everything that people use, and each can be copied', async () => {
    await page.goto('/get-started')
    const tabs = page.getByRole('tablist', { name: 'Language' }).getByRole('tab')
    await expect.poll(() => tabs.count()).toBe(8)
    for (const tab of await tabs.all()) {
      await tab.click()
      await expect.poll(() => tab.getAttribute('aria-selected')).toBe('true')
      const code = await shownCode()
      expect(code).toContain(product.url)
      expect(code).toContain(LOCAL_KEY)
      await page.getByRole('tabpanel').getByTestId('copy-button').last().click()
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(code)
    }
  })

  test.for(SNIPPETS)('$tab works as it stands there', async ({ tab, start }) => {
    await choose(tab)
    const { code, output } = await start(await shownCode())
    expect(code, output).toBe(0)
  })

  test('those of packages that are not installed here are sound programs', async () => {
    await choose('ai-sdk')
    const file = join(folder, 'ai-sdk.mjs')
    await writeFile(file, stripTypeScriptTypes(await shownCode()))
    expect(await run(process.execPath, ['--check', file])).toMatchObject({ code: 0 })
    await choose('langchain')
    expect(await compilePython(await shownCode())).toMatchObject({ code: 0 })
  })

  test('without the sandbox they ask for the keys of the providers', async () => {
    await choose('curl')
    await page.getByTestId('sandbox-toggle').click()
    await expect.poll(shownCode).toContain('YOUR_OPENAI_KEY')
    expect(await shownCode()).not.toContain('sandbox')
    await visit.expectClean()
  })
})

async function choose(tab: string): Promise<void> {
  await page.goto('/get-started')
  const trigger = page.getByTestId(`tab-${tab}`)
  await trigger.click()
  await expect.poll(() => trigger.getAttribute('aria-selected')).toBe('true')
}

async function shownCode(): Promise<string> {
  const code = await page.getByRole('tabpanel').locator('pre code').last().textContent()
  return code ?? ''
}

async function runBash(code: string): Promise<Ran> {
  const ran = await run('bash', ['-c', code])
  expect(ran.output).toContain('chat.completion')
  return ran
}

async function runNode(code: string): Promise<Ran> {
  const file = join(folder, 'snippet.mts')
  await writeFile(file, code)
  const ran = await run(process.execPath, [file])
  expect(ran.output).toContain('hello')
  return ran
}

/** With the packages of the Python tests where they are installed, else for its syntax alone. */
async function runPython(code: string): Promise<Ran> {
  if (!existsSync(PYTHON)) return await compilePython(code)
  const file = join(folder, 'snippet.py')
  await writeFile(file, code)
  const ran = await run(PYTHON, [file])
  expect(ran.output).toContain('hello')
  return ran
}

async function compilePython(code: string): Promise<Ran> {
  const file = join(folder, 'snippet.py')
  await writeFile(file, code)
  return await run('python3', ['-m', 'py_compile', file])
}

/** In place of the program a script that uses its environment as the program does. */
async function runClaudeCode(code: string): Promise<Ran> {
  const file = join(folder, 'claude')
  await writeFile(file, CLAUDE)
  await chmod(file, 0o755)
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  const ran = await run('bash', ['-c', code], { env })
  expect(ran.output).toContain('"type":"message"')
  return ran
}

const CLAUDE = `#!/bin/sh
exec curl -sS --fail "$ANTHROPIC_BASE_URL/v1/messages" \\
  -H "x-api-key: $ANTHROPIC_API_KEY" -H "$ANTHROPIC_CUSTOM_HEADERS" \\
  -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \\
  -d '{"model":"'"$ANTHROPIC_MODEL"'","max_tokens":64,"messages":[{"role":"user","content":"'"$2"'"}]}'
`
