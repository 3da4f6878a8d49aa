import { useSyncExternalStore } from 'react'

const WIDE = '(min-width: 48rem)'

/** Whether there is room for a table; the same width as Tailwind's `md`. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(WIDE).matches)
}

function subscribe(changed: () => void): () => void {
  const media = window.matchMedia(WIDE)
  media.addEventListener('change', changed)
  return () => media.removeEventListener('change', changed)
}
