import { Dialog as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { useRef } from 'react'
import type { ReactNode, RefObject } from 'react'
import { buttonClass } from './button.tsx'

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: string
  /** A dialog that shows something only once must not close by a stray click or key: its buttons alone close it. */
  sticky?: boolean
  /** Has the focus afterwards when what opened the dialog is gone. */
  focusAfter?: RefObject<HTMLElement | null>
  testId?: string
  children: ReactNode
}

/** The backdrop is a plain element: the library's own one injects a style sheet, which a strict policy refuses. */
export function Dialog(props: DialogProps) {
  const opener = useRef<Element | null>(null)
  const keep = (event: Event) => {
    if (props.sticky === true) event.preventDefault()
  }
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 bg-scrim animate-fade" aria-hidden="true" />
        <Radix.Content
          data-testid={props.testId}
          onOpenAutoFocus={(event) => {
            // The first field, else the dialog itself: never the close button and its tooltip.
            event.preventDefault()
            opener.current = document.activeElement
            const content = event.currentTarget as HTMLElement
            const field = content.querySelector<HTMLElement>('input:not([type=radio])')
            ;(field ?? content).focus()
          }}
          onCloseAutoFocus={(event) => {
            // The library gives the focus back to a trigger of its own, which our dialogs do not have.
            event.preventDefault()
            const back = opener.current
            // Closing may come with the end of what was there: a deleted row, or a menu.
            if (back instanceof HTMLElement && back.isConnected) back.focus()
            else (props.focusAfter?.current ?? document.querySelector<HTMLElement>('main'))?.focus()
          }}
          onEscapeKeyDown={keep}
          onPointerDownOutside={keep}
          onInteractOutside={keep}
          {...(props.description === undefined ? { 'aria-describedby': undefined } : {})}
          className="fixed top-[max(5vh,calc(50%-20rem))] left-1/2 z-50 flex max-h-[90vh] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 flex-col rounded-xl bg-raised shadow-pop outline-none animate-pop"
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-1">
            <div className="flex-1">
              <Radix.Title className="text-lg font-semibold text-ink">{props.title}</Radix.Title>
              {props.description !== undefined && (
                <Radix.Description className="mt-0.5 text-sm text-muted">
                  {props.description}
                </Radix.Description>
              )}
            </div>
            {/* No tooltip: Escape would close it instead of the dialog. */}
            <Radix.Close
              aria-label="Close"
              className={buttonClass('ghost', 'sm', '-mr-1.5 w-7 px-0! [&>svg]:size-4')}
            >
              <X />
            </Radix.Close>
          </header>
          <div className="overflow-y-auto px-5 pt-3 pb-5">{props.children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
