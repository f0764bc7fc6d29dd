/** A Python with the vendors' clients in their pinned versions: `.wrangler/py`, made when it is not there. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ROOT } from '../gateway-options.ts'

const FOLDER = join(ROOT, '.wrangler/py')
const PYTHON = join(FOLDER, 'bin/python')
const HERE = join(ROOT, 'test/support/python')

/** Path of an interpreter that can import the clients. Rejects with what to do when there is no Python. */
export async function pythonWithClients(): Promise<string> {
  if (existsSync(PYTHON) && (await canImport())) return PYTHON
  try {
    await run('python3', ['--version'])
  } catch (error) {
    const message =
      'The conformance tests drive the Python clients of the vendors: install Python 3 with venv (Debian: apt install python3-venv).'
    throw new Error(message, { cause: error })
  }
  await mkdir(join(ROOT, '.wrangler'), { recursive: true })
  await run('python3', ['-m', 'venv', FOLDER])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  await run(PYTHON, [...pip, '-r', join(HERE, 'requirements.txt')])
  return PYTHON
}

async function canImport(): Promise<boolean> {
  try {
    await run(PYTHON, ['-c', 'import anthropic, openai'])
    return true
  } catch {
    return false
  }
}

/** Runs clients.py on `input` and answers what it wrote. */
export async function runClients(python: string, input: object): Promise<unknown> {
  return JSON.parse(await run(python, [join(HERE, 'clients.py')], JSON.stringify(input))) as unknown
}

/** Standard output; rejects with both outputs when the program fails. */
async function run(file: string, args: readonly string[], input = ''): Promise<string> {
  const child = execFile(file, args, { maxBuffer: 64 * 1_048_576 })
  child.stdin?.end(input)
  const [stdout, stderr] = [child.stdout, child.stderr].map((each) => (each ? text(each) : ''))
  const [code] = (await once(child, 'close')) as [number | null]
  const [out = '', err = ''] = await Promise.all([stdout, stderr])
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${err}${out}`)
  return out
}
