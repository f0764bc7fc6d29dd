/** What the API says of the response cache. */

/** What was purged. Data centres that used an answer just now may do so a little longer. */
export interface CachePurge {
  purged: 'organization' | 'seed' | 'key'
  settlesWithinSeconds: number
}
