/**
 * The least a Worker on workerd can do that keeps both bodies for a log: read them, pass them on with two headers more, and
 * outlive its answer. It checks, limits and records nothing. What it costs above the floor is the runtime's, not ours.
 */
export default {
  async fetch(request, env, ctx) {
    const { promise, resolve } = Promise.withResolvers<void>()
    ctx.waitUntil(promise)
    const { pathname, search } = new URL(request.url)
    const headers: Record<string, string> = {}
    request.headers.forEach((value, name) => {
      if (!name.startsWith('helicone-')) headers[name] = value
    })
    const body = await request.arrayBuffer()
    const timer = setTimeout(() => undefined, 1_000)
    const answer = await fetch(env.UPSTREAM + pathname + search, {
      method: request.method,
      headers,
      body,
      redirect: 'manual',
    })
    const bytes = await answer.arrayBuffer()
    clearTimeout(timer)
    const passed = new Headers(answer.headers)
    passed.set('helicone-id', crypto.randomUUID())
    passed.set('helicone-status', 'success')
    resolve()
    return new Response(bytes, { status: answer.status, headers: passed })
  },
} satisfies ExportedHandler<{ UPSTREAM: string }>
