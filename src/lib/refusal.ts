/**
 * An expected failure that the caller must hear about: bad input, no access, no such thing. Thrown where it is found,
 * turned into an answer by the adapter (HTTP, queue, cron). The code is stable, the message is for people.
 */
export class Refusal extends Error {
  readonly code: string

  /** `message` says what was wrong, what was expected and how to mend it; it never holds a secret. */
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}
