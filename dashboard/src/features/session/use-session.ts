/** The session that the shell's guard has already read. */
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import type { SessionInfo } from '../../../../src/contracts/api/session.ts'
import { api } from '../../lib/api.ts'
import { queryClient, sessionQuery } from '../../lib/query-client.ts'

export function useSession(): SessionInfo {
  return useSuspenseQuery(sessionQuery).data
}

/** Ends the session, and forgets everything that was read in it. */
export function useSignOut(): () => void {
  const { mutate } = useMutation({
    mutationFn: api.signOut,
    onSettled: () => {
      queryClient.clear()
      // A fresh page: nothing of the session stays in memory.
      location.assign('/sign-in')
    },
  })
  return () => mutate()
}
