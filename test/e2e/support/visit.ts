/**
 * One visitor: a browser context with a page that is watched from its first byte on. Whatever a careful reader of the
 * developer tools would frown at is collected, and `expectClean` fails on it.
 */
import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core'
import { expect } from 'vitest'

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Every URL that the page asked for, WebSockets included. */
  readonly requested: readonly string[]
  /** Nothing complained, nothing ran that should not, nothing left the origin. `tolerated` console texts aside. */
  expectClean(tolerated?: readonly RegExp[]): Promise<void>
  close(): Promise<void>
}

export interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly scale?: number
  readonly theme?: 'light' | 'dark'
}

interface Findings {
  readonly complaints: string[]
  readonly requested: string[]
}

/** How long a missing element may hold a test up. */
const PATIENCE_MS = 10_000

export async function openVisit(
  browser: Browser,
  origin: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    deviceScaleFactor: options.scale ?? 1,
    colorScheme: options.theme ?? 'light',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const findings: Findings = { complaints: [], requested: [] }
  await context.exposeBinding('reportViolation', (_source, text: string) => {
    findings.complaints.push(`policy violation: ${text}`)
  })
  await context.addInitScript(reportViolations)
  context.on('page', (page) => watch(page, findings))
  const page = await context.newPage()
  return {
    page,
    context,
    requested: findings.requested,
    expectClean: async (tolerated = []) => {
      const complaints = findings.complaints.filter(
        (text) => !tolerated.some((pattern) => pattern.test(text)),
      )
      expect(complaints.join('\n')).toBe('')
      const foreign = findings.requested.filter((url) => !isOwn(url, origin))
      expect(foreign, 'requests that left the origin').toEqual([])
      for (const each of context.pages()) {
        expect(await each.evaluate(() => Reflect.has(window, '__xss')), each.url()).toBe(false)
      }
    },
    close: () => context.close(),
  }
}

/** Fonts are there, the layout follows the window, and nothing moves any more. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    // What has changed may start to move only with the next frame, and end by moving what is inside it.
    do {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))
    } while (document.getAnimations().some((each) => each.playState === 'running'))
  })
}

/** Runs in the page, before its own scripts. */
function reportViolations(): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    const report = Reflect.get(window, 'reportViolation') as (text: string) => void
    report(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`)
  })
}

function watch(page: Page, { complaints, requested }: Findings): void {
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    dialog.dismiss().catch(() => undefined)
  })
  page.on('request', (request) => requested.push(request.url()))
  page.on('websocket', (socket) => requested.push(socket.url()))
}

function isOwn(url: string, origin: string): boolean {
  if (/^(data|blob|about):/.test(url)) return true
  return new URL(url.replace(/^ws/, 'http')).origin === origin
}
