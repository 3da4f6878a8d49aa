import type { Statistics } from '@/api/journal-records'
import { FIGURE_GROUPS, type Figure } from '@/components/journal/figures'
import { Card } from '@/ui/card'
import { Tooltip } from '@/ui/tooltip'

/** All figures of a report, each with its definition. */
export function FigureGroups({ all }: { all: Statistics }) {
  return (
    <div className="gap-4 md:columns-2 2xl:columns-3">
      {FIGURE_GROUPS.map(group => (
        <Card key={group.title} title={group.title} className="mb-4 break-inside-avoid" bodyClassName="pb-2">
          <dl>
            {group.figures.map(figure => (
              <div
                key={figure.name}
                className="flex min-h-8 items-center justify-between gap-4 border-line border-b py-1 last:border-b-0"
              >
                <dt className="min-w-0 text-muted text-sm">
                  <FigureName figure={figure} />
                </dt>
                <dd className="num whitespace-nowrap text-right text-ink text-sm">{figure.show(all)}</dd>
              </div>
            ))}
          </dl>
        </Card>
      ))}
    </div>
  )
}

/** A name that says what it means when one asks it. */
export function FigureName({ figure }: { figure: Pick<Figure, 'name' | 'says'> }) {
  return (
    <Tooltip text={figure.says} side="right">
      <button
        type="button"
        className="cursor-help! rounded text-left underline decoration-line-strong decoration-dotted underline-offset-4 hover:text-ink"
      >
        {figure.name}
      </button>
    </Tooltip>
  )
}
