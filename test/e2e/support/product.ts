/**
 * Heliograph as people meet it: the built dashboard, served by the real Worker, seen with a real Chromium. Logs are
 * written directly, as on one's own machine. The sandbox provider answers, so nothing leaves the loopback interface.
 */
import { randomBytes } from 'node:crypto'
import { chromium, type Browser } from 'playwright-core'
import {
  LOCAL_KEY,
  startGateway,
  type Gateway,
  type GatewayOptions,
} from '../../support/gateway.ts'
import { openVisit, type Visit, type VisitOptions } from './visit.ts'

export interface Product {
  readonly gateway: Gateway
  /** Origin of the dashboard and the gateway, without trailing slash. */
  readonly url: string
  readonly browser: Browser
  /** The link that the start command prints; good once. */
  readonly signInLink: string
  /** A fresh one-time link for the local organisation. */
  newSignInLink(): Promise<string>
  /** A visitor with a cookie jar of their own, not signed in. */
  visit(options?: VisitOptions): Promise<Visit>
  /** The same, signed in. */
  signedIn(options?: VisitOptions): Promise<Visit>
  close(): Promise<void>
}

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/** Nothing that a browser does by itself may reach the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function startProduct(options: GatewayOptions = {}): Promise<Product> {
  const printed = randomBytes(32).toString('hex')
  const vars = { LOG_TRANSPORT: 'direct', LOCAL_SIGN_IN_TOKEN: printed, ...options.vars }
  const gateway = await startGateway({ ...options, vars })
  try {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })
    const { url } = gateway
    const newSignInLink = (): Promise<string> => makeSignInLink(gateway)
    const visit = (visitOptions?: VisitOptions): Promise<Visit> =>
      openVisit(browser, url, visitOptions)
    return {
      gateway,
      url,
      browser,
      signInLink: `${url}/sign-in?token=${printed}`,
      newSignInLink,
      visit,
      signedIn: async (visitOptions) => {
        const visitor = await visit(visitOptions)
        const token = new URL(await newSignInLink()).searchParams.get('token')
        const answer = await visitor.context.request.post('/api/sign-in', {
          data: { token },
          headers: { origin: url },
        })
        if (!answer.ok()) throw new Error(`not signed in: ${answer.status()}`)
        await visitor.page.goto('/')
        await visitor.page.getByTestId('request-table').waitFor()
        return visitor
      },
      close: async () => {
        await browser.close()
        await gateway.close()
      },
    }
  } catch (error) {
    await gateway.close()
    throw error
  }
}

async function makeSignInLink(gateway: Gateway): Promise<string> {
  const response = await gateway.fetch('/api/sign-in-links', {
    method: 'POST',
    headers: { authorization: `Bearer ${LOCAL_KEY}` },
  })
  if (response.status !== 201) throw new Error(`no link: ${response.status}`)
  const { data } = (await response.json()) as { data: { url: string } }
  return data.url
}
