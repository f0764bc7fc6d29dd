/** Shapes of the dashboard's own endpoints under `/api`. */

/** `GET /api/session`: who is signed in. 401 when nobody is. */
export interface SessionInfo {
  organization: { id: string; name: string }
  environment: 'local' | 'production'
  /** Origin that applications should use as their base. */
  gatewayUrl: string
  /** The key for copyable snippets: the local key on a laptop, else null (keys are shown once, when made). */
  snippetKey: string | null
  sandbox: boolean
}

/** `POST /api/sign-in` body: a one-time token from a link. */
export interface SignInInput {
  token: string
}

/** `POST /api/setup` body: first run in production; the set-up token was printed by the deploy. */
export interface SetupInput {
  token: string
  organizationName: string
}
export interface SetupResult {
  organization: { id: string; name: string }
  /** Shown once. */
  apiKey: string
}

/** `GET /api/keys` rows and `POST /api/keys` answer. */
export interface ApiKeyRow {
  id: string
  name: string
  hint: string
  permissions: 'rw' | 'w'
  createdAt: number
  revokedAt: number | null
}
export interface CreatedApiKey extends ApiKeyRow {
  /** The whole key, shown once. */
  key: string
}

/** `POST /api/sign-in-links` answer: a one-time link, valid for 15 minutes. */
export interface SignInLink {
  /** The token is in the query, as `token`. */
  url: string
  /** Epoch ms. */
  expiresAt: number
}
