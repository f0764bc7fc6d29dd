import { cx } from '../lib/cx.ts'
import { CopyButton } from './copy-button.tsx'

export interface CodeBlockProps {
  code: string
  label?: string
  className?: string
  /** Long lines wrap instead of scrolling. */
  wrap?: boolean
  /** One line, such as a header. */
  isCompact?: boolean
}

export function CodeBlock({
  code,
  label = 'Copy code',
  className,
  wrap = false,
  isCompact = false,
}: CodeBlockProps) {
  return (
    <div
      className={cx(
        'group flex items-start rounded-lg border border-line bg-sunken text-left',
        className,
      )}
    >
      <pre
        // A scrolling region must be reachable by keyboard.
        tabIndex={0}
        className={cx(
          'min-w-0 flex-1 overflow-x-auto rounded-lg font-mono text-xs leading-5 text-ink',
          isCompact ? 'px-3 py-2' : 'p-4',
          wrap && 'wrap-anywhere-text',
        )}
      >
        <code>{code}</code>
      </pre>
      {/* Beside the code, not on it: a long line scrolls to its end in sight. */}
      <CopyButton text={code} label={label} className={isCompact ? 'm-1' : 'mx-2 my-3'} />
    </div>
  )
}
