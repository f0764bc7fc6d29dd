/** The call again, as a command: through the gateway, with placeholders where secrets were. */
import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'

/** Headers that curl or the network makes by itself, and those that name this one exchange. */
const LEFT_OUT =
  /^(host|content-length|connection|accept-encoding|user-agent|cookie|helicone-request-id|cf-.*|x-forwarded-.*|x-real-ip|x-stainless-.*|sec-.*|transfer-encoding|traceparent|helicone-target-url)$/

/** Providers that are reached by naming the target, not by a path of the gateway. */
const TARGETS_ONLY = new Set([
  'azure',
  'anyscale',
  'cloudflare',
  'lemonfox',
  'avian',
  'openpipe',
  'chutes',
  'canopywave',
])

export function curlOf(
  row: RequestRow,
  body: BodyDocument | undefined,
  gatewayUrl: string,
): string {
  const headers = Object.entries(
    body?.heliograph.request_headers ?? { 'content-type': 'application/json' },
  )
    .filter(([name]) => !LEFT_OUT.test(name.toLowerCase()))
    .map(([name, value]) => `  -H ${quote(`${name}: ${placeholder(name, value)}`)}`)
  const { provider } = row.heliograph
  const isNamed = !provider.includes('.') && !TARGETS_ONLY.has(provider)
  const url = `${gatewayUrl}/v1/gateway/${isNamed ? provider : 'gateway'}${row.request_path}`
  if (!isNamed && URL.canParse(row.target_url)) {
    headers.push(`  -H ${quote(`helicone-target-url: ${new URL(row.target_url).origin}`)}`)
  }
  const request = body?.request
  const data =
    request === null || request === undefined || request === ''
      ? []
      : [`  -d ${quote(asText(request))}`]
  return [`curl -X ${row.heliograph.method} ${quote(url)}`, ...headers, ...data].join(' \\\n')
}

function placeholder(name: string, value: string): string {
  if (!value.includes('[redacted]')) return value
  const lower = name.toLowerCase()
  if (lower === 'helicone-auth') return 'Bearer YOUR_HELIOGRAPH_KEY'
  return lower === 'authorization' ? 'Bearer YOUR_PROVIDER_KEY' : 'YOUR_PROVIDER_KEY'
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body, null, 2)
}

/** Single quotes keep everything but themselves. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
