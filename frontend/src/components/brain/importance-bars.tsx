import { useState } from 'react'
import type { CardImportance } from '@/api/model-card'
import { cx } from '@/ui/cx'

const SHOWN = 12

/** What out-of-sample loss grows by once a feature is shuffled. Bars whose interval holds zero are pale. */
export function ImportanceBars({ rows }: { rows: readonly CardImportance[] }) {
  const [isAll, setAll] = useState(false)
  const sorted = rows.toSorted((one, other) => (other.loss.value ?? 0) - (one.loss.value ?? 0))
  const shown = isAll ? sorted : sorted.slice(0, SHOWN)
  const most = Math.max(...rows.map(row => row.loss.high ?? row.loss.value ?? 0), 1e-9)
  const least = Math.min(...rows.map(row => row.loss.low ?? row.loss.value ?? 0), 0)
  const place = (value: number) => ((value - least) / (most - least)) * 100
  return (
    <>
      <ul aria-label="Importance of features">
        {shown.map(row => (
          <li
            key={row.name}
            title={words(row)}
            className="grid grid-cols-[minmax(6rem,11rem)_1fr_4rem] items-center gap-3 py-1 text-sm"
          >
            <span className="num truncate text-ink">{row.name}</span>
            <span aria-hidden className="relative h-4">
              <span
                className="absolute inset-y-[-4px] w-px bg-line-strong"
                style={{ left: `${place(0)}%` }}
              />
              <Bar row={row} place={place} />
            </span>
            <span className="num text-right text-muted">{figure(row.loss.value)}</span>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN && (
        <button
          type="button"
          className="mt-2 rounded text-accent text-sm hover:underline"
          onClick={() => setAll(!isAll)}
        >
          {isAll ? 'Show the first' : `Show all ${sorted.length}`}
        </button>
      )}
    </>
  )
}

function Bar({ row, place }: { row: CardImportance; place: (value: number) => number }) {
  const { value, low, high } = row.loss
  if (value === null) return null
  const from = place(Math.min(0, value))
  const isSure = low !== null && low > 0
  return (
    <>
      <span
        className={cx(
          'absolute inset-y-0.5 rounded-sm',
          value < 0 ? 'bg-loss/40' : isSure ? 'bg-accent/80' : 'bg-accent/30',
        )}
        style={{ left: `${from}%`, width: `${Math.max(place(Math.max(0, value)) - from, 0.6)}%` }}
      />
      {low !== null && high !== null && (
        <span
          className="absolute top-1/2 h-px bg-ink/50"
          style={{ left: `${place(low)}%`, width: `${place(high) - place(low)}%` }}
        />
      )}
    </>
  )
}

const figure = (value: number | null): string => (value === null ? '—' : value.toFixed(2).replace('-', '−'))

function words({ name, loss }: CardImportance): string {
  if (loss.value === null) return `${name}: too little to say`
  const interval = loss.low === null ? '' : ` (${figure(loss.low)} to ${figure(loss.high)})`
  return `${name}: shuffled, the loss grows by ${figure(loss.value)} thousandths${interval}`
}
