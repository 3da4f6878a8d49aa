import type { AffectedEA, RolloutPreview } from '@/api/operator-records'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'

/** Who would move, who would go first, and whose inputs do not fit. */
export function PreviewList({ found }: { found: RolloutPreview }) {
  if (found.total === 0) {
    return (
      <p className="rounded-lg bg-raised px-3 py-3 text-muted text-sm">
        No EA runs a version older than {found.version}: there is nothing to move.
      </p>
    )
  }
  const misfits = found.total - found.fitting
  return (
    <section aria-label="Who moves" className="rounded-lg border border-line">
      <p className="px-3 py-2 text-sm">
        <span className="font-medium text-ink">
          {count(found.fitting)} of {count(found.total)} EAs move
        </span>
        {misfits > 0 && (
          <span className="text-warn"> · {count(misfits)} stay as they are: their inputs do not fit</span>
        )}
      </p>
      <ul className="max-h-60 divide-y divide-line overflow-y-auto border-line border-t">
        {found.affected.map(row => (
          <li key={row.instanceId} className="px-3 py-2">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
              <span className="truncate text-ink">{row.name}</span>
              {row.isCanary && <Badge tone="accent">First</Badge>}
              {!row.fits && <Badge tone="warn">Does not fit</Badge>}
              {row.positions > 0 && <Badge>{count(row.positions)} open</Badge>}
              <span className="num ml-auto text-faint text-xs">{row.version}</span>
            </p>
            <p className="truncate text-faint text-xs">
              {row.tenant} · {row.accountLabel} · {row.symbol}
            </p>
            <Words row={row} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Words({ row }: { row: AffectedEA }) {
  return (
    <>
      {row.faults.map(fault => (
        <p key={fault.pointer + fault.detail} className="mt-0.5 text-warn text-xs">
          {fault.detail}
        </p>
      ))}
      {row.changes.length > 0 && (
        <p className="mt-0.5 truncate text-muted text-xs">{row.changes.join(' · ')}</p>
      )}
      {!row.canReturn && (
        <p className="mt-0.5 text-warn text-xs">
          The code of its version is not installed any more: after a roll-back it cannot run.
        </p>
      )}
    </>
  )
}
