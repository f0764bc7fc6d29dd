/**
 * `npm run sign-in-link -- https://<your Worker>`: a way back in for whoever holds the Cloudflare account.
 * With `--local` the link is for the local databases.
 */
import { offerSignIn } from './account/links.ts'

const local = process.argv.includes('--local')
const given = process.argv.slice(2).find((argument) => argument.startsWith('http'))
const origin =
  given?.replace(/\/+$/, '') ?? (local ? 'http://localhost:8787' : 'https://<your Worker>')

const token = await offerSignIn(local ? '--local' : '--remote')
if (token === null) {
  console.error('There is no organisation yet: use the set-up link that the deploy printed.')
  process.exit(1)
}
console.log(`Works once, for 15 minutes:\n\n  ${origin}/sign-in?token=${token}\n`)
