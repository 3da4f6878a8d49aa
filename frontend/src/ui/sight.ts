import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'

/** Rows kept ready above and below what is in sight. */
const SPARE = 8

interface Sight<Box extends HTMLElement> {
  /** To be set on the list; says where on the page it begins. */
  box: React.RefObject<Box | null>
  rows: readonly VirtualItem[]
  /** Pixels that stand for the rows above and below. */
  above: number
  below: number
  measure: (row: Element | null) => void
}

/** The rows of a long list that are in sight as the page scrolls. `rowPx`: about how high one is. */
export function useRowsInSight<Box extends HTMLElement>(count: number, rowPx: number): Sight<Box> {
  const box = useRef<Box>(null)
  const [place, setPlace] = useState<number | null>(null)
  useLayoutEffect(() => {
    const rect = box.current?.getBoundingClientRect()
    if (rect) setPlace(Math.round(rect.top + window.scrollY))
  })
  const top = place ?? 0
  const list = useWindowVirtualizer({ count, estimateSize: () => rowPx, overscan: SPARE, scrollMargin: top })
  // Until it is known where the list begins, its height stands: rows would be drawn for a list at the top.
  const rows = place === null ? [] : list.getVirtualItems()
  return {
    box,
    rows,
    above: (rows[0]?.start ?? top) - top,
    below: list.getTotalSize() - ((rows.at(-1)?.end ?? top) - top),
    measure: list.measureElement,
  }
}
