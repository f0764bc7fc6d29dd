/** Which machine and which programs the figures belong to. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { WORKERD } from './workerd.ts'

export interface Machine {
  cpu: string
  cores: number
  memoryGigabytes: number
  kernel: string
  node: string
  workerd: string
  /** Load of the last minute when the run began: above a fraction of the cores, figures are noise. */
  loadAtStart: number
}

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    kernel: `${type()} ${release()}`,
    node: process.version,
    workerd: execFileSync(WORKERD, ['--version'], { encoding: 'utf8' }).trim(),
    loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}
