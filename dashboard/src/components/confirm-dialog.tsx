/** Asks before what cannot be undone. Closes by itself when it is done, unless there is something to tell. */
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Notice } from './notice.tsx'

export interface ConfirmDialogProps {
  title: string
  description: string
  confirm: string
  /** What the other button says. */
  keep?: string
  isPending: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  testId?: string
  children?: ReactNode
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      title={props.title}
      description={props.description}
      {...(props.testId === undefined ? {} : { testId: props.testId })}
    >
      {props.children}
      {props.error !== null && (
        <Notice kind="bad" className="mb-4">
          {props.error.message}
        </Notice>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={props.onClose}>{props.keep ?? 'Cancel'}</Button>
        <Button
          variant="danger"
          disabled={props.isPending}
          onClick={props.onConfirm}
          data-testid="confirm"
        >
          {props.confirm}
        </Button>
      </div>
    </Dialog>
  )
}
