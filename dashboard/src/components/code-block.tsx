import { cx } from '../lib/cx.ts'
import { CopyButton } from './copy-button.tsx'

export interface CodeBlockProps {
  code: string
  label?: string
  className?: string
  /** Long lines wrap instead of scrolling. */
  wrap?: boolean
}

export function CodeBlock({ code, label = 'Copy code', className, wrap = false }: CodeBlockProps) {
  return (
    <div className={cx('group relative rounded-lg border border-line bg-sunken', className)}>
      <pre
        // A scrolling region must be reachable by keyboard.
        tabIndex={0}
        className={cx(
          'overflow-x-auto p-4 pr-12 font-mono text-xs leading-5 text-ink',
          wrap && 'wrap-anywhere-text',
        )}
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} label={label} className="absolute top-3 right-3 bg-sunken" />
    </div>
  )
}
