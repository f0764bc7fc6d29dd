import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from './button.tsx'

const SHOWN_MS = 1_600

/** Copies, and says so for a moment. `copied` is false again afterwards; null when the browser refused. */
export function useCopy(): [copied: boolean | null, copy: (text: string) => void] {
  const [copied, setCopied] = useState<boolean | null>(false)
  useEffect(() => {
    if (copied === false) return
    const timer = window.setTimeout(() => setCopied(false), SHOWN_MS)
    return () => window.clearTimeout(timer)
  }, [copied])
  const copy = (text: string) => {
    writeClipboard(text).then(
      () => setCopied(true),
      () => setCopied(null),
    )
  }
  return [copied, copy]
}

export interface CopyButtonProps {
  /** A function when the text is costly to make. */
  text: string | (() => string)
  label?: string
  className?: string
}

export function CopyButton({ text, label = 'Copy', className }: CopyButtonProps) {
  const [copied, copy] = useCopy()
  return (
    <IconButton
      label={copied === true ? 'Copied' : copied === null ? 'The browser refused' : label}
      className={className ?? ''}
      data-testid="copy-button"
      onClick={() => copy(typeof text === 'string' ? text : text())}
    >
      {copied === true ? <Check className="text-ok" /> : <Copy />}
    </IconButton>
  )
}

/** The clipboard API exists in secure contexts only; a gateway on a plain http host in a LAN is not one. */
async function writeClipboard(text: string): Promise<void> {
  if ('clipboard' in navigator) {
    await navigator.clipboard.writeText(text)
    return
  }
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'fixed opacity-0'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (!done) throw new Error('copy refused')
}
