import { Brain, ChevronRight, CircleSlash, ImageOff, Paperclip, Wrench } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { cx } from '../../lib/cx.ts'
import type { Block, ToolResult } from './conversation.ts'
import { PlainText } from './plain-text.tsx'

export function BlockView({ block, isQuiet = false }: { block: Block; isQuiet?: boolean }) {
  switch (block.kind) {
    case 'text':
      return <PlainText text={block.text} className={isQuiet ? 'text-muted' : 'text-ink'} />
    case 'thinking':
      return (
        <Fold
          icon={<Brain />}
          title="Thinking"
          note={
            block.text === ''
              ? 'not disclosed'
              : `${block.text.length.toLocaleString('en-US')} characters`
          }
          testId="thinking"
        >
          {block.text === '' ? null : <PlainText text={block.text} className="text-muted" />}
        </Fold>
      )
    case 'refusal':
      return (
        <div className="flex gap-2 rounded-lg border border-warn/30 bg-warn-wash px-3 py-2">
          <CircleSlash className="mt-0.5 size-4 shrink-0 text-warn-ink" aria-hidden="true" />
          <div className="min-w-0">
            <p className="text-xs font-medium text-warn-ink">Refused</p>
            <PlainText text={block.text} className="text-ink" />
          </div>
        </div>
      )
    case 'image':
      return <Picture url={block.url} />
    case 'attachment':
      return (
        <p className="inline-flex items-center gap-2 self-start rounded-md border bg-sunken px-2.5 py-1 text-sm text-muted">
          <Paperclip className="size-3.5 text-faint" aria-hidden="true" />
          {block.label}
        </p>
      )
    case 'tool-call':
      return <ToolCall name={block.name} input={block.input} result={block.result} />
    case 'tool-result':
      return (
        <div className="rounded-lg border">
          <ResultView
            result={block.result}
            label={`Result${block.id === null ? '' : ` of ${block.id}`}`}
          />
        </div>
      )
    case 'data':
      return <Code value={block.value} />
  }
}

function ToolCall({
  name,
  input,
  result,
}: {
  name: string
  input: unknown
  result: ToolResult | null
}) {
  return (
    <div className="overflow-hidden rounded-lg border" data-testid="tool-call">
      <div className="flex h-8 items-center gap-2 border-b bg-canvas px-3">
        <Wrench className="size-3.5 text-violet-ink" aria-hidden="true" />
        <span className="truncate font-mono text-xs font-medium text-ink">{name}</span>
        <span className="ml-auto text-2xs text-faint">
          {result === null ? 'called' : result.isError ? 'failed' : 'answered'}
        </span>
      </div>
      <Code value={input} isBare />
      {result !== null && <ResultView result={result} label="Result" />}
    </div>
  )
}

function ResultView({ result, label }: { result: ToolResult; label: string }) {
  return (
    <div className="border-t bg-canvas px-3 py-2" data-testid="tool-result">
      <p
        className={cx('mb-1 text-2xs font-medium', result.isError ? 'text-bad-ink' : 'text-faint')}
      >
        {result.isError ? 'Error' : label}
      </p>
      <div className="flex flex-col gap-2">
        {result.blocks.map((block, index) =>
          block.kind === 'text' ? (
            <PlainText
              key={index}
              text={prettyIfJson(block.text)}
              className="font-mono text-xs text-muted"
            />
          ) : (
            <BlockView key={index} block={block} />
          ),
        )}
      </div>
    </div>
  )
}

function Code({ value, isBare = false }: { value: unknown; isBare?: boolean }) {
  const written = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')
  return (
    <pre
      className={cx(
        'wrap-anywhere-text max-h-96 overflow-y-auto font-mono text-xs leading-5 text-ink',
        isBare ? 'px-3 py-2' : 'rounded-lg border bg-sunken px-3 py-2',
      )}
    >
      {written}
    </pre>
  )
}

interface FoldProps {
  icon: ReactNode
  title: string
  note: string
  testId: string
  children: ReactNode
}

function Fold({ icon, title, note, testId, children }: FoldProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <div data-testid={testId} className="rounded-lg border border-dashed border-line-strong">
      <button
        type="button"
        aria-expanded={isOpen}
        disabled={children === null}
        onClick={() => setIsOpen(!isOpen)}
        className="flex h-8 w-full items-center gap-2 rounded-lg px-3 text-left text-xs text-muted hover:text-ink [&>svg]:size-3.5"
      >
        {icon}
        <span className="font-medium">{title}</span>
        <span className="text-faint">{note}</span>
        {children !== null && (
          <ChevronRight
            className={cx('ml-auto transition-transform', isOpen && 'rotate-90')}
            aria-hidden="true"
          />
        )}
      </button>
      {isOpen && (
        <div className="border-t border-dashed border-line-strong px-3 py-2">{children}</div>
      )}
    </div>
  )
}

/** Pictures inside the body are shown. One elsewhere would tell its host who is reading: only on request. */
function Picture({ url }: { url: string }) {
  const [isWanted, setIsWanted] = useState(false)
  const [hasFailed, setHasFailed] = useState(false)
  const isInline = /^data:image\/(png|jpe?g|gif|webp|avif|bmp)[;,]/i.test(url)
  const isRemote = /^https:\/\//i.test(url)
  if ((!isInline && !isRemote) || hasFailed) {
    return (
      <p className="inline-flex max-w-full items-center gap-2 self-start rounded-md border bg-sunken px-2.5 py-1 text-sm text-muted">
        <ImageOff className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
        <span className="truncate">
          {hasFailed ? 'This image cannot be shown' : `Image: ${url.slice(0, 80)}`}
        </span>
      </p>
    )
  }
  if (isRemote && !isWanted) {
    return (
      <div className="flex max-w-full items-center gap-2 self-start rounded-lg border bg-sunken py-1.5 pr-1.5 pl-3 text-sm">
        <span className="truncate font-mono text-xs text-muted">{url}</span>
        <Button size="sm" onClick={() => setIsWanted(true)}>
          Load image
        </Button>
      </div>
    )
  }
  return (
    <img
      src={url}
      alt="In the message"
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      onError={() => setHasFailed(true)}
      className="max-h-80 min-h-16 min-w-16 max-w-full self-start rounded-lg border object-contain"
    />
  )
}

function prettyIfJson(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
