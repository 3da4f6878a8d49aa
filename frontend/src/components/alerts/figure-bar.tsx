import { useQuery } from '@tanstack/react-query'
import type { Incident } from '@/api/incidents'
import { accounts } from '@/api/queries'
import { figureOf } from '@/components/alerts/incident-words'
import { percent } from '@/format/percent'
import { cx } from '@/ui/cx'

/** A value against its limit, as a bar; nothing where an incident has no figures. */
export function FigureBar({ row, className }: { row: Incident; className?: string }) {
  const wallet = useQuery(accounts()).data?.find(one => one.id === row.accountId)
  const figure = figureOf({ currency: wallet?.currency, ...row.detail })
  if (!figure) return null
  const { share } = figure
  const colour = share === null || share < 0.75 ? 'bg-accent' : share < 1 ? 'bg-warn' : 'bg-loss'
  return (
    <div className={className}>
      <p className="num flex justify-between gap-3 text-xs">
        <span className="text-ink">{figure.value}</span>
        <span className="text-faint">limit {figure.limit}</span>
      </p>
      {share !== null && (
        // biome-ignore lint/a11y/useSemanticElements: browsers draw their own colours into a meter element
        <div
          role="meter"
          aria-label="Of the limit"
          aria-valuenow={Math.round(share * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuetext={percent(share, 0)}
          title={`${percent(share, 0)} of the limit`}
          className="relative mt-1 h-1 rounded-full bg-line-strong"
        >
          <div
            className={cx('h-full rounded-full', colour)}
            style={{ width: `${Math.min(1, share) * 100}%` }}
          />
          {share > 1 && (
            <span
              className="absolute -inset-y-0.5 w-0.5 rounded-full bg-ink ring-1 ring-surface"
              style={{ left: `${100 / share}%` }}
            />
          )}
        </div>
      )}
    </div>
  )
}
