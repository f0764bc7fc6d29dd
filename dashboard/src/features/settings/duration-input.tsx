import { useEffect, useState } from 'react'
import { Input } from '../../components/field.tsx'
import { formatDuration, readDuration } from './duration.ts'

export interface DurationInputProps {
  label: string
  /** ms; null leaves the deployment's own. */
  value: number | null
  onChange: (ms: number | null) => void
  testId: string
}

/** Saved when it is left, or by Enter; Escape brings back what was. */
export function DurationInput({ label, value, onChange, testId }: DurationInputProps) {
  const [text, setText] = useState(formatDuration(value))
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    setText(formatDuration(value))
    setProblem(null)
  }, [value])
  const commit = () => {
    const read = readDuration(text)
    setProblem(read.problem)
    if (read.problem !== null) return
    setText(formatDuration(read.ms))
    if (read.ms !== value) onChange(read.ms)
  }
  const problemId = `${testId}-problem`
  return (
    <div className="w-32">
      <Input
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : problemId}
        data-testid={testId}
        placeholder="default"
        autoComplete="off"
        spellCheck={false}
        value={text}
        className="text-right"
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key !== 'Escape') return
          setText(formatDuration(value))
          setProblem(null)
        }}
      />
      {problem !== null && (
        <p id={problemId} role="alert" className="mt-1 text-right text-xs text-bad-ink">
          {problem}
        </p>
      )}
    </div>
  )
}
