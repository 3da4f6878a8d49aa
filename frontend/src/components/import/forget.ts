import type { QueryClient } from '@tanstack/react-query'

/** Ask again for all that an account's deals are counted in. */
export function forgetImports(cache: QueryClient, accountId: string): void {
  for (const queryKey of [['imports'], ['trades'], ['days'], ['journal'], ['overview'], ['audit']]) {
    void cache.invalidateQueries({ queryKey })
  }
  void cache.invalidateQueries({ queryKey: ['accounts'], exact: true })
  void cache.invalidateQueries({ queryKey: ['accounts', accountId] })
}
