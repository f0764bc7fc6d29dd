/**
 * Stamps: a step is skipped when the hash of everything that it reads is the one that it left behind last time.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** SHA-256 in hex over the names and contents of `entries`, files or folders; absent ones count as absent. */
export async function hashOf(root: string, entries: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await filesIn(root, entries)) {
    hash.update(`${file}\0`)
    hash.update(await readFile(path.join(root, file)))
    hash.update('\0')
  }
  return hash.digest('hex')
}

/** Runs `step` unless the stamp at `file` says `hash`; writes the stamp after success. True when it ran. */
export async function unlessStamped(
  file: string,
  hash: string,
  step: () => Promise<void>,
): Promise<boolean> {
  const stamped = await readFile(file, 'utf8').catch(() => '')
  if (stamped === hash) return false
  await step()
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, hash)
  return true
}

export async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  )
}

async function filesIn(root: string, entries: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of entries) {
    const info = await stat(path.join(root, entry)).catch(() => null)
    if (info === null) continue
    if (info.isFile()) found.push(entry)
    else {
      const inside = await readdir(path.join(root, entry), { recursive: true, withFileTypes: true })
      for (const child of inside) {
        if (child.isFile()) found.push(path.relative(root, path.join(child.parentPath, child.name)))
      }
    }
  }
  return found.toSorted()
}
