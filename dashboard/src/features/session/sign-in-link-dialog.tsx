/** A one-time link for a colleague, or for another browser. It is made when the dialog opens. */
import { useQuery } from '@tanstack/react-query'
import { CodeBlock } from '../../components/code-block.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Notice } from '../../components/notice.tsx'
import { Spinner } from '../../components/skeleton.tsx'
import { api } from '../../lib/api.ts'

export function SignInLinkDialog({ onClose }: { onClose: () => void }) {
  const link = useQuery({
    queryKey: ['sign-in-link'],
    queryFn: api.makeSignInLink,
    retry: false,
    // Each opening makes one link, and closing forgets it.
    staleTime: Infinity,
    gcTime: 0,
  })
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Sign-in link"
      description="Works once, within 15 minutes. Whoever opens it is signed in to this organisation."
      testId="sign-in-link-dialog"
    >
      {link.isPending && <Spinner label="Making a link" />}
      {link.isError && <Notice kind="bad">{link.error.message}</Notice>}
      {link.data !== undefined && <CodeBlock code={link.data.url} label="Copy the link" wrap />}
    </Dialog>
  )
}
