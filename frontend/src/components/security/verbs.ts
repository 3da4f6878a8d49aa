import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useConfirmed } from '@/components/security/confirming'

/** Run a verb of the security page, confirmed where the hub wants it; what the page shows is asked for again. */
export function useSecurityVerb<Wish = void, Result = unknown>(verb: (wish: Wish) => Promise<Result>) {
  const confirmed = useConfirmed()
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (wish: Wish) => confirmed(() => verb(wish)),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['security'] })
    },
  })
}
