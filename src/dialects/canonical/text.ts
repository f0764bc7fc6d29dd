/**
 * Plain text for people: previews and error messages. Whitespace is collapsed, length is bounded, and embedded binary
 * (data URLs, long base64) is replaced, so that a preview column never holds an image.
 */
import { asArray, asObject, asObjects } from './json.ts'

export const PREVIEW_CHARACTERS = 240
export const ERROR_CHARACTERS = 500
/** Raw text looked at before collapsing: enough for any preview, little enough to be cheap. */
export const RAW_CHARACTERS = 4_000

const DATA_URL = /data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=_-]*/g
const BASE64_RUN = /[A-Za-z0-9+/_-]{120,}={0,2}/g

/** Collapsed text of at most `limit` UTF-16 units, never ending in half a character; null when nothing is left. */
export function plainText(raw: string | null, limit: number = PREVIEW_CHARACTERS): string | null {
  if (raw === null || raw === '') return null
  const text = raw
    .slice(0, RAW_CHARACTERS)
    .replace(DATA_URL, '[data]')
    .replace(BASE64_RUN, '[data]')
    .replace(/\s+/g, ' ')
    .trim()
  return cut(text, limit) || null
}

/** Text of a message's content: a string, or the text parts of a list. Thinking, images and files are passed over. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  let text = ''
  for (const part of asArray(content)) {
    if (text.length >= RAW_CHARACTERS) break
    const piece = typeof part === 'string' ? part : partText(part)
    if (piece !== '') text += text === '' ? piece : ` ${piece}`
  }
  return text
}

/** Text of the last user message that has any. */
export function lastUserText(messages: unknown, contentKey: string = 'content'): string | null {
  const list = asObjects(messages)
  for (let i = list.length - 1; i >= 0; i -= 1) {
    const message = list[i]
    if (message?.role !== 'user') continue
    const text = contentText(message[contentKey])
    if (text.trim() !== '') return text
  }
  return null
}

/** What an error body says, in any of the shapes that providers use. Flat shapes count only under an error status. */
export function errorMessageOf(body: unknown, isErrorStatus: boolean): string | null {
  const object = asObject(Array.isArray(body) ? body[0] : body)
  if (!object) return typeof body === 'string' && isErrorStatus ? message(body) : null
  const nested = errorValue(object.error)
  if (nested !== null) return nested
  if (!isErrorStatus) return null
  for (const key of ['message', 'Message', 'detail', 'error_description', 'msg', 'title']) {
    const found = errorValue(object[key])
    if (found !== null) return found
  }
  return errorValue(object.errors)
}

function errorValue(value: unknown): string | null {
  if (typeof value === 'string') return message(value)
  if (Array.isArray(value)) return errorValue(value[0])
  const object = asObject(value)
  if (!object) return null
  for (const key of ['message', 'msg', 'detail', 'type', 'code', 'status']) {
    const found = object[key]
    if (typeof found === 'string' && found.trim() !== '') return message(found)
  }
  return null
}

function message(text: string): string | null {
  return plainText(text, ERROR_CHARACTERS)
}

function partText(value: unknown): string {
  const part = asObject(value)
  if (!part || typeof part.text !== 'string' || part.thought === true) return ''
  return part.type === 'thinking' || part.type === 'reasoning' ? '' : part.text
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const last = text.charCodeAt(limit - 1)
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, isHighSurrogate ? limit - 1 : limit).trimEnd()
}
