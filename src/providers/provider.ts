/**
 * Who answers: a provider's place on the network and how its answers are told apart. What language it speaks is a
 * dialect's business. A provider is data; only what cannot be said as data gets a folder of its own.
 */

export interface Provider {
  /** Stable id, as stored and as used in paths. */
  id: string
  /** First host label and path prefix that lead here, besides the id. */
  labels: readonly string[]
  /** Origin, without trailing slash. A base may carry no path: callers keep the vendor's own path. */
  baseUrl: string
  /** Hosts that are this provider when a caller names a target of its own. A leading dot matches any subdomain. */
  hosts: readonly string[]
}
