/** How much memory the runtime holds that this process started. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Resident bytes of all `workerd` children of this process. */
export async function runtimeMemory(): Promise<number> {
  const children = process.platform === 'linux' ? await fromProc() : await fromPs()
  const sizes = children.filter(({ name }) => name.includes('workerd')).map(({ bytes }) => bytes)
  if (sizes.length === 0) throw new Error('this process runs no workerd')
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

interface Child {
  readonly name: string
  readonly bytes: number
}

async function fromProc(): Promise<Child[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/status`, 'utf8').catch(() => '')),
  )
  return all.flatMap((status) => {
    const field = (name: string): string =>
      new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
    if (Number(field('PPid')) !== process.pid) return []
    return [{ name: field('Name'), bytes: Number.parseInt(field('VmRSS'), 10) * 1_024 }]
  })
}

async function fromPs(): Promise<Child[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'ppid=,rss=,comm='])
  return stdout.split('\n').flatMap((line) => {
    const [parent, kilobytes, name = ''] = line.trim().split(/\s+/)
    return Number(parent) === process.pid ? [{ name, bytes: Number(kilobytes) * 1_024 }] : []
  })
}
