/** Says why something could not be read, and asks for it again. */
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

export interface ErrorNoticeProps {
  title: string
  error: Error
  onRetry: () => void
  className?: string
  testId?: string
}

export function ErrorNotice({ title, error, onRetry, ...rest }: ErrorNoticeProps) {
  return (
    <Notice kind="bad" title={title} {...rest}>
      <p>{error.message}</p>
      <Button size="sm" className="mt-2.5 mb-0.5" onClick={onRetry} data-testid="try-again">
        Try again
      </Button>
    </Notice>
  )
}
