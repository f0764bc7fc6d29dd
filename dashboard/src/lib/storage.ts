/** Small preferences of this browser. Storage may be blocked or full: then a preference lasts as long as the page. */

const PREFIX = 'heliograph.'

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

/** `null` forgets it. */
export function writePreference(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
  } catch {
    // Nothing to do: the choice still holds for this page.
  }
}
