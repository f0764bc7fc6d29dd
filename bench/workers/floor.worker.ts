/** The least a gateway on workerd can do: forward the request. Everything above its figures is ours. */
export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url)
    return fetch(env.UPSTREAM + pathname + search, request)
  },
} satisfies ExportedHandler<{ UPSTREAM: string }>
