/** What a newcomer sees once the local server answers. */
import { styleText } from 'node:util'
import { LOCAL_KEY } from '../../src/env.ts'

const bold = (text: string): string => styleText('bold', text)
const dim = (text: string): string => styleText('dim', text)
const link = (text: string): string => styleText('cyan', text)
const line = (name: string, value: string): string => `  ${dim(name.padEnd(11))}${value}`

export function banner(
  origin: string,
  signInToken: string,
  state: string,
  readyInMs: number,
): string {
  return [
    '',
    `  ${styleText(['yellow', 'bold'], '☀ Heliograph')} ${dim(`is ready in ${(readyInMs / 1000).toFixed(1)} s`)}`,
    '',
    line('Dashboard', link(`${origin}/sign-in?token=${signInToken}`)),
    line('Gateway', link(origin)),
    line('API docs', link(`${origin}/docs`)),
    line('Guide', 'docs/tutorial/first-request.md'),
    '',
    `  ${bold('Send a first request')} ${dim('— answered by the built-in sandbox, without any network:')}`,
    '',
    `  curl ${origin}/sandbox/v1/chat/completions \\`,
    `    -H 'Authorization: Bearer sk-sandbox' \\`,
    `    -H 'Helicone-Auth: Bearer ${LOCAL_KEY}' \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say hello to the sun"}]}'`,
    '',
    `  ${dim(`Data stays in ${state}. Ctrl-C stops.`)}`,
    '',
  ].join('\n')
}
