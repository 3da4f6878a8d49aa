import { useState } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  value: number | null
  text: string
  className?: string
}

/** A number that shows in which way it has just moved. */
export function Ticking({ value, text, className }: Props) {
  const [seen, setSeen] = useState({ value, moves: 0, isUp: true })
  if (seen.value !== value) {
    const isUp = (value ?? 0) > (seen.value ?? 0)
    setSeen({ value, moves: seen.value === null ? 0 : seen.moves + 1, isUp })
  }
  return (
    <span
      key={seen.moves}
      className={cx(
        'num',
        seen.moves > 0 && (seen.isUp ? 'animate-tick-up' : 'animate-tick-down'),
        className,
      )}
    >
      {text}
    </span>
  )
}
