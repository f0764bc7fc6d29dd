/** Memory of a Worker's isolate, asked of workerd's inspector: what a limit of 128 MB would count. */

export interface IsolateMemory {
  /** JavaScript heap, garbage not yet collected included, in bytes. */
  heap: number
  /** Buffers outside of it, in bytes. */
  external: number
}

export interface Isolate {
  memory(): Promise<IsolateMemory>
  close(): void
}

interface HeapUsage {
  usedSize: number
  backingStorageSize: number
  embedderHeapUsedSize: number
}

/** Connects to the first isolate behind an inspector address such as `127.0.0.1:9229`. */
export async function openIsolate(address: string): Promise<Isolate> {
  const list = (await (await fetch(`http://${address}/json`)).json()) as {
    webSocketDebuggerUrl: string
  }[]
  const [first] = list
  if (first === undefined) throw new Error(`no isolate behind ${address}`)
  const socket = new WebSocket(first.webSocketDebuggerUrl)
  const waiting = new Map<number, (usage: HeapUsage) => void>()
  let calls = 0
  socket.addEventListener('message', (event) => {
    const message = JSON.parse(String(event.data)) as { id?: number; result?: HeapUsage }
    if (message.id === undefined || message.result === undefined) return
    waiting.get(message.id)?.(message.result)
    waiting.delete(message.id)
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error(`${address} refused the connection`)))
  })
  return {
    memory: async () => {
      calls += 1
      const id = calls
      const usage = await new Promise<HeapUsage>((resolve) => {
        waiting.set(id, resolve)
        socket.send(JSON.stringify({ id, method: 'Runtime.getHeapUsage' }))
      })
      return {
        heap: usage.usedSize + usage.embedderHeapUsedSize,
        external: usage.backingStorageSize,
      }
    },
    close: () => socket.close(),
  }
}
