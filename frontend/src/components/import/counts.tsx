import type { Import } from '@/api/terminal-records'
import { count } from '@/format/volume'
import { cx } from '@/ui/cx'

const NEW: Record<Import['state'], { label: string; says: string }> = {
  previewed: { label: 'New', says: 'not in the journal yet' },
  done: { label: 'Recorded', says: 'were new to the journal' },
  undone: { label: 'Were new', says: 'taken out again' },
}

/** What of the file's deals the journal knows already, and what it does not. */
export function Counts({ found }: { found: Import }) {
  const fresh = NEW[found.state]
  const cells = [
    {
      ...fresh,
      value: found.new,
      tone: 'text-profit',
    },
    { label: 'Known', value: found.known, says: 'there already: passed over', tone: 'text-ink' },
    {
      label: 'Conflicting',
      value: found.conflicting,
      says: 'there with other figures: ours stay',
      tone: found.conflicting > 0 ? 'text-warn' : 'text-faint',
    },
    {
      label: 'Unreadable',
      value: found.unreadableCount,
      says: 'listed below, with where they stand',
      tone: found.unreadableCount > 0 ? 'text-loss' : 'text-faint',
    },
  ]
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
      {cells.map(cell => (
        <div key={cell.label} className="bg-surface px-4 py-3">
          <dt className="text-faint text-xs">{cell.label}</dt>
          <dd className={cx('num mt-0.5 font-semibold text-2xl tracking-tight', cell.tone)}>
            {count(cell.value)}
          </dd>
          <dd className="mt-0.5 text-faint text-xs">{cell.says}</dd>
        </div>
      ))}
    </dl>
  )
}
