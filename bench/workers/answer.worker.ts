/** The least that can answer without an upstream: the provider's bytes, at once. A cache hit is held against it. */
export default {
  fetch(_request, env) {
    return new Response(env.ANSWER, { headers: { 'content-type': 'application/json' } })
  },
} satisfies ExportedHandler<{ ANSWER: string }>
