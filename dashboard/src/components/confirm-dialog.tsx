/** Asks before what cannot be undone. Closes by itself when it is done, unless there is something to tell. */
import type { ReactNode, RefObject } from 'react'
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
  /** Something has still to be filled in. */
  isIncomplete?: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  /** Present once it is done and there is something to tell: shown in the same dialog, which then only closes. */
  outcome?: { title: string; body: ReactNode } | undefined
  /** Has the focus afterwards when what opened the dialog is gone. */
  focusAfter?: RefObject<HTMLElement | null>
  testId?: string
  children?: ReactNode
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { outcome } = props
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      title={outcome?.title ?? props.title}
      {...(outcome === undefined ? { description: props.description } : {})}
      {...(props.testId === undefined ? {} : { testId: props.testId })}
      {...(props.focusAfter === undefined ? {} : { focusAfter: props.focusAfter })}
    >
      {outcome === undefined ? <Question {...props} /> : <Outcome {...props} />}
    </Dialog>
  )
}

/** A form, so that Enter in a field confirms. */
function Question(props: ConfirmDialogProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        props.onConfirm()
      }}
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
          type="submit"
          variant="danger"
          disabled={props.isPending || props.isIncomplete === true}
          data-testid="confirm"
        >
          {props.confirm}
        </Button>
      </div>
    </form>
  )
}

function Outcome({ outcome, onClose }: ConfirmDialogProps) {
  return (
    <>
      {outcome?.body}
      <div className="mt-5 flex justify-end">
        {/* The button that had the focus is gone: Enter closes. */}
        <Button variant="primary" autoFocus onClick={onClose} data-testid="done">
          Done
        </Button>
      </div>
    </>
  )
}
