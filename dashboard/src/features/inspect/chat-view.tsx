/** The conversation as people read it. Everything here is text: nothing that a model or a user wrote becomes markup. */
import { Braces, MessagesSquare } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Notice } from '../../components/notice.tsx'
import { cx } from '../../lib/cx.ts'
import { BlockView } from './block-view.tsx'
import { isOmitted, NoBody } from './body-state.tsx'
import type { Conversation, Message, Role } from './conversation.ts'
import { readConversation } from './read-conversation.ts'

/** Long agent runs show their newest turns first hand; the older ones on demand. */
const MESSAGES_AT_ONCE = 40

export interface ChatViewProps {
  body: BodyDocument
  row: RequestRow
  onJson: () => void
}

export function ChatView({ body, row, onJson }: ChatViewProps) {
  const conversation = useMemo(
    () => readConversation(row.heliograph.dialect, body),
    [row.heliograph.dialect, body],
  )
  const [showsAll, setShowsAll] = useState(false)
  if (!conversation || conversation.messages.length === 0) {
    if (isOmitted(row, 'request') || isOmitted(row, 'response')) return <NoBody row={row} />
    return (
      <EmptyState
        icon={<MessagesSquare />}
        title="This is no conversation"
        testId="chat-unknown"
        actions={
          <Button onClick={onJson}>
            <Braces className="size-4" aria-hidden="true" /> Show as JSON
          </Button>
        }
      >
        The bodies of this call have no shape that can be read as messages.
      </EmptyState>
    )
  }
  const { messages } = conversation
  const hidden = showsAll ? 0 : Math.max(0, messages.length - MESSAGES_AT_ONCE)
  const hasAnswer = messages.some((message) => message.isAnswer)
  return (
    <div className="flex flex-col pb-10" data-testid="chat">
      <Offer conversation={conversation} />
      {(body.heliograph.request_truncated || body.heliograph.response_truncated) && (
        <Notice kind="warn" className="mx-5 mt-4">
          {body.heliograph.request_truncated ? 'The request' : 'The response'} was too long to be
          kept whole.
        </Notice>
      )}
      {isOmitted(row, 'request') && (
        <p className="mx-5 mt-5 text-sm text-faint">The prompt was not kept, as the call asked.</p>
      )}
      {hidden > 0 && (
        <Button variant="ghost" className="mx-5 mt-4" onClick={() => setShowsAll(true)}>
          Show {hidden} earlier messages
        </Button>
      )}
      {messages.slice(hidden).map((message, index) => (
        <MessageView
          // Messages have no ids, and the list never changes.
          key={index + hidden}
          message={message}
          model={row.model}
        />
      ))}
      {!hasAnswer && conversation.error === null && (
        <p className="mx-5 mt-5 text-sm text-faint">
          {isOmitted(row, 'response')
            ? 'The answer was not kept, as the call asked.'
            : 'No answer came.'}
        </p>
      )}
      {conversation.error !== null && conversation.error !== row.heliograph.error_message && (
        <Notice kind="bad" title="The provider answered with an error" className="mx-5 mt-5">
          {conversation.error}
        </Notice>
      )}
      {hasAnswer && conversation.stopReason !== null && (
        <p className="mx-5 mt-4 text-xs text-faint">
          Stopped: <span className="font-mono">{conversation.stopReason}</span>
        </p>
      )}
    </div>
  )
}

/** What was offered besides the messages. */
function Offer({ conversation: { tools, settings } }: { conversation: Conversation }) {
  if (tools.length === 0 && settings.length === 0) return null
  return (
    <div className="flex flex-wrap items-center gap-1 border-b bg-canvas px-5 py-2">
      {settings.map(([name, value]) => (
        <Badge key={name} className="max-w-full">
          <span className="text-faint">{name}</span>
          <span className="truncate font-mono text-ink">{value}</span>
        </Badge>
      ))}
      {tools.map((tool) => (
        <Badge key={tool} tone="violet" className="max-w-64 font-mono">
          <span className="truncate">{tool}</span>
        </Badge>
      ))}
    </div>
  )
}

const ROLE_WORDS: Record<Role, string> = {
  system: 'System',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Tool',
}

function MessageView({ message, model }: { message: Message; model: string }) {
  const { role, isAnswer, name, blocks } = message
  const plain = blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n\n')
  return (
    <article
      data-testid="message"
      data-role={role}
      className={cx(
        'group relative px-5 pt-4 pb-4',
        role === 'system' && 'bg-canvas',
        isAnswer ? 'border-l-2 border-l-accent pl-[18px]' : 'border-b border-line/70',
      )}
    >
      <header className="mb-1.5 flex h-6 items-center gap-2">
        <span className={cx('text-xs font-semibold', isAnswer ? 'text-accent-ink' : 'text-muted')}>
          {ROLE_WORDS[role]}
        </span>
        {isAnswer && <span className="truncate text-xs text-faint">{model}</span>}
        {name !== null && <span className="truncate text-xs text-faint">{name}</span>}
        <span className="flex-1" />
        {plain !== '' && (
          <CopyButton
            text={plain}
            label="Copy the text"
            className="opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100"
          />
        )}
      </header>
      <div className="flex flex-col gap-3">
        {blocks.map((block, index) => (
          <BlockView key={index} block={block} isQuiet={role === 'system'} />
        ))}
      </div>
    </article>
  )
}
