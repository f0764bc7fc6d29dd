/**
 * `node scripts/screenshot.ts` draws docs/images/dashboard.png anew: the built dashboard on the real Worker, filled by
 * sixty calls through the gateway. Providers are stood in for; nothing leaves this machine. Needs a Chromium
 * (`CHROMIUM_PATH`, else /usr/bin/chromium).
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { LOCAL_KEY } from '../src/env.ts'
import { startGateway } from '../test/support/gateway.ts'
import { buildDashboard } from './local/prepare.ts'
import { ROOT } from './local/wrangler.ts'
import { startProviders } from './screenshot/providers.ts'
import {
  AGENT_MESSAGES,
  AGENT_SCENE,
  AGENT_TOOLS,
  SCENES,
  type Scene,
} from './screenshot/scenes.ts'

const PICTURE = path.join(ROOT, 'docs/images/dashboard.png')
const CALLS = 60
const PARALLEL = 6
/** The agent's call is this far from the newest. */
const AFTER_AGENT = 3

const scenes = [...SCENES, AGENT_SCENE]
await buildDashboard()
const providers = await startProviders(scenes)
const { url } = providers
const gateway = await startGateway({
  vars: { LOG_TRANSPORT: 'direct', PUBLIC_URL: 'http://localhost:8787' },
  upstream: { openai: url, anthropic: url, google: url, groq: url },
})
try {
  const order = Array.from({ length: CALLS - 1 - AFTER_AGENT }, (_, at) => at % SCENES.length)
  await inParallel(order, call)
  const agentId = await call(SCENES.length)
  for (const scene of [0, 2, 5].slice(0, AFTER_AGENT)) await call(scene)
  await draw(agentId)
  console.log(`Drawn: ${path.relative(ROOT, PICTURE)}`)
} finally {
  await gateway.close()
  await providers.close()
}

/** Makes the call of a scene; answers its id. */
async function call(index: number): Promise<string> {
  const scene = scenes[index]
  if (scene === undefined) throw new Error(`no scene ${index}`)
  const response = await gateway.fetch(pathOf(scene), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `${scene.properties['feature']}/2.4.0`,
      authorization: 'Bearer sk-of-the-provider',
      'helicone-auth': `Bearer ${LOCAL_KEY}`,
      'helicone-user-id': scene.user,
      'x-scene': String(index),
      ...(scene.session === undefined ? {} : { 'helicone-session-id': scene.session }),
      ...(scene.name === undefined ? {} : { 'helicone-request-name': scene.name }),
      ...Object.fromEntries(
        Object.entries(scene.properties).map(([name, value]) => [
          `helicone-property-${name}`,
          value,
        ]),
      ),
    },
    body: JSON.stringify(requestOf(scene)),
  })
  await response.text()
  return response.headers.get('helicone-id') ?? ''
}

function pathOf({ provider, model }: Scene): string {
  if (provider === 'anthropic') return '/anthropic/v1/messages'
  if (provider === 'google') return `/v1/gateway/google/v1beta/models/${model}:generateContent`
  return `/v1/gateway/${provider}/v1/chat/completions`
}

function requestOf(scene: Scene): object {
  const { provider, model, prompt, system } = scene
  if (scene === AGENT_SCENE) {
    const tools = { tools: AGENT_TOOLS, max_tokens: 1024, stream: true }
    return { model, system, ...tools, messages: AGENT_MESSAGES }
  }
  if (provider === 'google') return { contents: [{ role: 'user', parts: [{ text: prompt }] }] }
  const messages = [{ role: 'user', content: prompt }]
  return provider === 'anthropic' ? { model, max_tokens: 1024, messages } : { model, messages }
}

async function draw(requestId: string): Promise<void> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      colorScheme: 'light',
    })
    const page = await context.newPage()
    await page.goto(await signInLink())
    await page.getByTestId('request-row').first().waitFor()
    await page.goto(`${gateway.url}/?request=${requestId}`)
    await page.getByTestId('message').last().waitFor()
    // Room for the columns with money and time.
    await page.keyboard.press('[')
    await page.locator('[data-testid=live-indicator][data-state=live]').waitFor()
    await page.evaluate('document.fonts.ready')
    await mkdir(path.dirname(PICTURE), { recursive: true })
    await page.screenshot({ path: PICTURE })
  } finally {
    await browser.close()
  }
}

async function signInLink(): Promise<string> {
  const response = await gateway.fetch('/api/sign-in-links', {
    method: 'POST',
    headers: { authorization: `Bearer ${LOCAL_KEY}` },
  })
  const { data } = (await response.json()) as { data: { url: string } }
  return data.url.replace('http://localhost:8787', gateway.url)
}

async function inParallel<T>(values: readonly T[], work: (value: T) => Promise<unknown>) {
  const waiting = [...values]
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: PARALLEL }, run))
}
