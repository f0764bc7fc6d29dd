/**
 * The API reference page at `/docs`. It works offline: Swagger UI lies among the dashboard's assets, the document is our
 * own, and no script is inline.
 */
import { Hono } from 'hono'
import type { ApiEnv } from './api-env.ts'

const ASSETS = '/assets/api-reference'
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets style attributes as it draws.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heliograph API reference</title>
<link rel="stylesheet" href="${ASSETS}/swagger-ui.css">
</head>
<body>
<div id="reference"><noscript>The document itself is at <a href="/v1/openapi.json">/v1/openapi.json</a>.</noscript></div>
<script src="${ASSETS}/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</body>
</html>
`

const INIT = `SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
})
`

export const reference = new Hono<ApiEnv>()
  .get('/docs', (c) => {
    c.header('content-security-policy', CONTENT_SECURITY_POLICY)
    return c.html(PAGE)
  })
  .get('/docs/init.js', (c) =>
    c.body(INIT, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
