/** The models that the sandbox lists. Any other name is accepted too; these show what it can do. */
import { Failure, type Voice } from './failure.ts'

const MODELS: readonly (readonly [id: string, title: string])[] = [
  ['sandbox-mini', 'Sandbox: answers at once'],
  ['sandbox-think', 'Sandbox: thinks first, with reasoning tokens'],
  ['sandbox-embedding', 'Sandbox: embeddings'],
  ['sandbox-slow', 'Sandbox: waits three seconds'],
  ['sandbox-broken', 'Sandbox: breaks off midway'],
  ['sandbox-stall', 'Sandbox: falls silent midway'],
  ['sandbox-error-stream', 'Sandbox: an error event midway'],
  ...[400, 401, 429, 500, 503].map(
    (status) => [`sandbox-error-${status}`, `Sandbox: answers ${status}`] as const,
  ),
]

/** 2026-01-01: a fixed day, so that the list never changes by itself. */
const CREATED_SECONDS = 1_767_225_600

export function listModels(voice: Voice): object {
  const data = MODELS.map(([id, title]) => describe(id, title, voice))
  if (voice === 'openai') return { object: 'list', data }
  return {
    data,
    has_more: false,
    first_id: MODELS[0]?.[0] ?? null,
    last_id: MODELS.at(-1)?.[0] ?? null,
  }
}

/** One model; throws `Failure` 404 for a name that is not listed. */
export function retrieveModel(id: string, voice: Voice): object {
  const found = MODELS.find(([known]) => known === id)
  if (found) return describe(found[0], found[1], voice)
  if (voice === 'anthropic') throw new Failure(404, `model: ${id}`)
  throw new Failure(404, `The model '${id}' does not exist`, 'model', 'model_not_found')
}

function describe(id: string, title: string, voice: Voice): object {
  if (voice === 'openai') {
    return { id, object: 'model', created: CREATED_SECONDS, owned_by: 'sandbox' }
  }
  const created = new Date(CREATED_SECONDS * 1000).toISOString()
  return { type: 'model', id, display_name: title, created_at: created }
}
