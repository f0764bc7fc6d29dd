/** What every route's context knows: the bindings, and the organisation once access is decided. */
export interface ApiEnv {
  Bindings: Env
  Variables: { orgId: string }
}
