/** A status as words and a tone; the negative ones describe exchanges that no HTTP status does. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'

export interface StatusLook {
  code: string
  tone: 'ok' | 'warn' | 'bad' | 'neutral'
  meaning: string
}

const OWN: Readonly<Record<number, StatusLook>> = {
  [-2]: { code: 'timeout', tone: 'bad', meaning: 'The provider did not answer in time' },
  [-3]: { code: 'aborted', tone: 'neutral', meaning: 'The client went away' },
  [-100]: { code: 'broken', tone: 'bad', meaning: 'The answer broke off midway' },
}

export function lookOfStatus(status: number): StatusLook {
  const own = OWN[status]
  if (own) return own
  const code = String(status)
  if (status >= 500) return { code, tone: 'bad', meaning: 'The provider failed' }
  if (status >= 400) return { code, tone: 'warn', meaning: 'The call was refused' }
  if (status >= 200) return { code, tone: 'ok', meaning: 'Success' }
  return { code, tone: 'neutral', meaning: 'Unknown' }
}

/** True for an answer that began well and carries an error: its status is not what became of it. */
export function carriesError({ response_status: status, heliograph }: RequestRow): boolean {
  return lookOfStatus(status).tone === 'ok' && heliograph.outcome !== 'success'
}

export function lookOfRow(row: RequestRow): StatusLook {
  const look = lookOfStatus(row.response_status)
  const { error_message: message } = row.heliograph
  if (carriesError(row)) {
    const meaning = message ?? 'The answer carried an error'
    return { code: `${look.code} · error`, tone: 'bad', meaning }
  }
  return message === null ? look : { ...look, meaning: message }
}
