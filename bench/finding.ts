/** What a section of the bench hands to the report. */

/** A bar of the performance plan, and how it went. */
export interface Finding {
  /** `P1`, `P2` … */
  bar: string
  what: string
  measured: string
  limit: string
  met: boolean
}

/** One line of a table of figures. */
export type Figures = Record<string, string | number | null>

export interface Section {
  name: string
  findings: Finding[]
  tables: { title: string; rows: Figures[] }[]
  /** What a reader must know to read the figures. */
  notes: string[]
}

/** How much is measured. */
export interface Effort {
  trials: number
  secondsPerTrial: number
  /** Streams per target and trial. */
  shortStreams: number
  longStreams: number
  /** How long the 500 streams of the memory section stay open. */
  openSeconds: number
  pipelineSamples: number
  pipelineRows: number
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}
