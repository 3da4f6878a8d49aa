import { useEffect, useRef } from 'react'

interface Wishes {
  onMove: (step: 1 | -1) => void
  onOpen: () => void
  /** What the list does at other keys. */
  others?: Record<string, () => void>
}

/** `g` begins a chord that goes somewhere else; the key after it is not ours. */
const CHORD_MS = 1200

/** `j` and `k` walk the list, Enter opens: as long as nobody writes or stands on a button. */
export function useListKeys(wishes: Wishes): void {
  const current = useRef(wishes)
  useEffect(() => {
    current.current = wishes
  })
  useEffect(() => {
    let pressedG = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isBusy(event.target)) return
      const isChord = Date.now() - pressedG < CHORD_MS
      pressedG = event.key === 'g' ? Date.now() : 0
      if (isChord) return
      if (event.key === 'j') current.current.onMove(1)
      else if (event.key === 'k') current.current.onMove(-1)
      else if (event.key === 'Enter' && !isControl(event.target)) current.current.onOpen()
      else current.current.others?.[event.key]?.()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button, [role="menuitem"]') !== null
}
