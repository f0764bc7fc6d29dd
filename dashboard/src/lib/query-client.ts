/** Server state. A session that ended anywhere leads to the sign-in page. */
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { api, ApiError, isSignedOut } from './api.ts'

const MAX_RETRIES = 2
/** A laptop without the internet reaches its own gateway all the same, and an error says more than silence. */
const NETWORK_MODE = 'always'

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (!isSignedOut(error) || query.queryKey[0] === 'session') return
      // The guard of the page asks again, and redirects.
      queryClient.removeQueries({ queryKey: ['session'] })
      window.dispatchEvent(new Event(SIGNED_OUT_EVENT))
    },
  }),
  defaultOptions: {
    queries: {
      networkMode: NETWORK_MODE,
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < MAX_RETRIES &&
        error instanceof ApiError &&
        (error.status === 0 || error.status >= 500),
    },
    mutations: { networkMode: NETWORK_MODE },
  },
})

export const SIGNED_OUT_EVENT = 'heliograph:signed-out'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => api.session(signal),
  staleTime: Infinity,
  retry: 1,
})
