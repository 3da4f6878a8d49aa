import { Link } from 'react-router'
import type { Import } from '@/api/terminal-records'
import { tally } from '@/components/import/figures'
import { IMPORT_STATES } from '@/components/import/states'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'

/** Imports, newest first; each row leads to its preview or what became of it. */
export function ImportList({ rows }: { rows: readonly Import[] }) {
  return (
    <ul className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id}>
          <Link
            to={`/imports/${row.id}`}
            className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-3 text-sm outline-offset-[-3px] hover:bg-hover"
          >
            <span className="truncate font-medium text-ink">{row.fileName}</span>
            <span className="justify-self-end">
              <StateBadge look={IMPORT_STATES[row.state]} />
            </span>
            <span className="truncate text-faint text-xs">
              {row.formatLabel} · {row.accountLabel}
            </span>
            <span className="num text-right text-faint text-xs">
              <Moment at={row.createdAt} />
            </span>
            <span className="num col-span-2 text-muted text-xs">{summary(row)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function summary(row: Import): string {
  const { different, same } = tally(row.figures)
  return [
    `${count(row.new)} new`,
    `${count(row.known)} known`,
    row.conflicting > 0 && `${count(row.conflicting)} conflicting`,
    row.unreadableCount > 0 && `${count(row.unreadableCount)} unreadable`,
    same + different > 0 &&
      (different === 0 ? `all ${same} figures agree` : `${different} of ${same + different} figures differ`),
  ]
    .filter(Boolean)
    .join(' · ')
}
