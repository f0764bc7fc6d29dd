/** What a timer that fired means, with its limit: the same words in an error and in the last event of a stream. */
import type { Exchange } from './exchange.ts'

export function describeExpiry({ time, timer }: Exchange): string {
  switch (timer) {
    case 'headers':
      return `The provider sent no response headers within ${time.headersMs} ms.`
    case 'first_token':
      return `The provider sent no first token within ${time.firstTokenMs} ms.`
    case 'idle':
      return `The provider was silent for ${time.idleMs} ms.`
    case 'total':
      return `The call took longer than ${time.totalMs} ms.`
    case null:
      return 'The provider did not answer in time.'
  }
}
