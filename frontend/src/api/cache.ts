import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/problem'

/** What the hub has told, for as long as the page is open. */
export const cache = makeCache()

function makeCache(): QueryClient {
  // Wherever a session turns out to have ended, ask who is signed in: the answer leads to the door.
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) {
      void cache.invalidateQueries({ queryKey: ['session'] })
    }
  }
  const cache = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The live stream says what changed; a stale time only spares double questions.
      queries: { staleTime: 15_000, retry: shouldRetry, refetchOnWindowFocus: true },
    },
  })
  return cache
}

/** A refusal stays a refusal; only what may have been an accident is tried again. */
function shouldRetry(failures: number, error: Error): boolean {
  const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500
  return !isRefusal && failures < 2
}
