import { useEffect, useRef } from 'react'
import { DESTINATIONS } from '@/components/nav'

interface Wishes {
  onPalette: () => void
  onHelp: () => void
  onGo: (to: string) => void
}

/** `g` waits this long for the key that says where to. */
const CHORD_MS = 1200

/** Listen to the keys that work everywhere, except while someone is writing. */
export function useShortcuts(wishes: Wishes): void {
  const current = useRef(wishes)
  useEffect(() => {
    current.current = wishes
  })
  useEffect(() => {
    let pressedG = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        current.current.onPalette()
        return
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isWriting(event.target)) return
      const to = DESTINATIONS.find(item => item.key === event.key)?.to
      if (to && Date.now() - pressedG < CHORD_MS) current.current.onGo(to)
      else if (event.key === '?') current.current.onHelp()
      else if (event.key === '/') focusSearch(event)
      pressedG = event.key === 'g' ? Date.now() : 0
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>('input[type="search"]')
  if (!search) return
  event.preventDefault()
  search.focus()
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}
