import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Step, whereAtDoor } from '@/api/door'
import { session } from '@/api/queries'

const KEY = ['door']

/** What is missing until one is signed in, also after coming back from elsewhere. */
export function useDoorStep(): Step | undefined {
  const { data, error } = useQuery({ queryKey: KEY, queryFn: whereAtDoor, staleTime: 60_000, retry: false })
  return error ? { at: 'none' } : data
}

/** Take a step through the door; who is in then finds nothing of an earlier session in the cache. */
export function useDoorVerb<Wish>(verb: (wish: Wish) => Promise<Step>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: async step => {
      if (step.at !== 'in') {
        cache.setQueryData(KEY, step)
        return
      }
      const info = await cache.fetchQuery({ ...session(), staleTime: 0 })
      if (info.me) cache.removeQueries({ predicate: query => query.queryKey[0] !== 'session' })
    },
  })
}
