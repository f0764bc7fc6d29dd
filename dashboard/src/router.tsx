/** The pages, and who may see them: everything in the shell needs a session. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { validateCacheSearch } from './features/cache/search.ts'
import { validateRequestsSearch } from './features/requests/search.ts'
import { isSignedOut } from './lib/api.ts'
import { queryClient, sessionQuery } from './lib/query-client.ts'
import { asText, parseSearch, safeNext, stringifySearch } from './lib/url-state.ts'
import { ErrorPage } from './routes/error.tsx'
import { NotFoundPage } from './routes/not-found.tsx'
import { PendingPage } from './routes/pending.tsx'
import { RequestsPage } from './routes/requests.tsx'
import { Shell } from './routes/shell.tsx'

const rootRoute = createRootRoute()

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      return { session: await queryClient.ensureQueryData(sessionQuery) }
    } catch (error) {
      if (!isSignedOut(error)) throw error
      const next = location.href === '/' ? undefined : location.href
      throw redirect({ to: '/sign-in', search: next === undefined ? {} : { next }, replace: true })
    }
  },
})

const requestsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: strictly(validateRequestsSearch),
  component: RequestsPage,
})

const getStartedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/get-started',
  component: lazyRouteComponent(() => import('./routes/get-started.tsx'), 'GetStartedPage'),
})

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/keys',
  component: lazyRouteComponent(() => import('./routes/keys.tsx'), 'KeysPage'),
})

const cacheRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/cache',
  validateSearch: strictly(validateCacheSearch),
  component: lazyRouteComponent(() => import('./routes/cache.tsx'), 'CachePage'),
})

const rateLimitsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/rate-limits',
  component: lazyRouteComponent(() => import('./routes/rate-limits.tsx'), 'RateLimitsPage'),
})

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./routes/settings.tsx'), 'SettingsPage'),
})

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: strictly((raw): { token?: string; next?: string } => {
    const token = asText(raw.token)
    const next = safeNext(raw.next)
    return { ...(token === undefined ? {} : { token }), ...(next === '/' ? {} : { next }) }
  }),
  component: lazyRouteComponent(() => import('./routes/sign-in.tsx'), 'SignInPage'),
})

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch: strictly((raw): { token?: string } => {
    const token = asText(raw.token)
    return token === undefined ? {} : { token }
  }),
  component: lazyRouteComponent(() => import('./routes/setup.tsx'), 'SetupPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    shellRoute.addChildren([
      requestsRoute,
      cacheRoute,
      rateLimitsRoute,
      getStartedRoute,
      keysRoute,
      settingsRoute,
    ]),
    signInRoute,
    setupRoute,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingComponent: PendingPage,
  defaultPendingMs: 150,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: false,
})

/** The router lets parameters through that a validation leaves out, unless each is named. */
function strictly<Search extends object>(validate: (raw: Record<string, unknown>) => Search) {
  return (raw: Record<string, unknown>): Search => ({
    ...Object.fromEntries(Object.keys(raw).map((name) => [name, undefined])),
    ...validate(raw),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
