/**
 * One organisation's live tail: its viewers' WebSockets, and a broadcast. Nothing is stored; between messages the object
 * hibernates and costs nothing while its sockets stay open. Who may watch is decided before a request gets here.
 */
import { DurableObject } from 'cloudflare:workers'
import type { LiveMessage, RequestRow } from '../contracts/api/requests.ts'

export class LiveTail extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    // Answered by the runtime: a viewer's heartbeat does not wake the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Upgrades to a WebSocket that says `hello`, then pushes rows. 426 for anything else. */
  override fetch(request: Request): Response {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('Connect with a WebSocket.', {
        status: 426,
        headers: { connection: 'upgrade', upgrade: 'websocket' },
      })
    }
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    send(server, JSON.stringify({ type: 'hello' } satisfies LiveMessage))
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Pushes rows to every viewer; answers how many they reached. */
  publish(rows: RequestRow[]): number {
    const viewers = this.ctx.getWebSockets()
    if (viewers.length === 0) return 0
    const message = JSON.stringify({ type: 'rows', rows } satisfies LiveMessage)
    return viewers.filter((viewer) => send(viewer, message)).length
  }

  /** Viewers only listen. */
  override webSocketMessage(): void {}

  override webSocketClose(viewer: WebSocket): void {
    close(viewer, 1000)
  }

  override webSocketError(viewer: WebSocket): void {
    close(viewer, 1011)
  }
}

/** False when the socket is dead: it is closed, and the others never notice. */
function send(viewer: WebSocket, message: string): boolean {
  try {
    viewer.send(message)
    return true
  } catch {
    close(viewer, 1011)
    return false
  }
}

function close(viewer: WebSocket, code: number): void {
  try {
    viewer.close(code)
  } catch {
    // Already gone.
  }
}
