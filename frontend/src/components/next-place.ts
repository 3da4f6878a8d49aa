import { useSearchParams } from 'react-router'

/** Where one wanted to go before signing in. */
export function useNextPlace(): string {
  return safePlace(useSearchParams()[0].get('next'))
}

/** Only a path of ours: a foreign address must not be reached from our door. */
export function safePlace(next: string | null): string {
  if (!next?.startsWith('/') || /^\/[/\\]/.test(next)) return '/'
  return next
}
