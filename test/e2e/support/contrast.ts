/** Runs in the page: how well each visible text stands out from what is behind it (WCAG 2.2, 1.4.3). */

export interface TextContrast {
  readonly text: string
  readonly color: string
  readonly ground: string
  /** 1 to 21. */
  readonly ratio: number
}

/** Self-contained, because it is sent to the browser as source. */
export function contrastOf(): TextContrast[] {
  type Rgba = [red: number, green: number, blue: number, alpha: number]

  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const read = (color: string): Rgba => {
    if (canvas === null) return [0, 0, 0, 1]
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const over = (top: Rgba, under: Rgba): Rgba => {
    const mix = (at: 0 | 1 | 2): number => top[at] * top[3] + under[at] * (1 - top[3])
    return [mix(0), mix(1), mix(2), 1]
  }
  const groundOf = (element: Element): Rgba => {
    const layers: Rgba[] = []
    for (let each: Element | null = element; each !== null; each = each.parentElement) {
      const layer = read(getComputedStyle(each).backgroundColor)
      layers.push(layer)
      if (layer[3] === 1) break
    }
    return layers.reduceRight((under, layer) => over(layer, under), [255, 255, 255, 1] as Rgba)
  }
  const luminance = ([red, green, blue]: Rgba): number => {
    const linear = (value: number): number => {
      const part = value / 255
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
  const show = ([red, green, blue]: Rgba): string =>
    `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`

  const found: TextContrast[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? ''
    const element = walker.currentNode.parentElement
    if (text === '' || element === null || !element.checkVisibility({ opacityProperty: true })) {
      continue
    }
    if (element.closest('script, style, noscript, :disabled') !== null) continue
    const ground = groundOf(element)
    const color = over(read(getComputedStyle(element).color), ground)
    const [low = 0, high = 0] = [luminance(color), luminance(ground)].toSorted((a, b) => a - b)
    const ratio = (high + 0.05) / (low + 0.05)
    found.push({ text: text.slice(0, 40), color: show(color), ground: show(ground), ratio })
  }
  return found
}
