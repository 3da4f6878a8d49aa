import type { Optimisation } from '@/api/optimisations'
import { dataWords, tickModel } from '@/components/backtest/words'
import { Moment } from '@/components/moment'
import { methodName, timeOf, triesWords } from '@/components/optimisation/words'
import { shortDay } from '@/format/day'
import { money } from '@/format/money'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'

/** What was searched, and on what. */
export function SearchCard({ row, notes = [] }: { row: Optimisation; notes?: readonly string[] }) {
  const { search, setup } = row
  return (
    <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
      <Card title="Search">
        <Facts
          facts={[
            ...search.ranges.map(
              one =>
                [
                  one.name,
                  one.from ? `${one.from} – ${one.to} by ${one.step || 'its step'}` : 'all values',
                ] as const,
            ),
            ['Method', methodName(search.method)],
            ['At most', search.tries === null ? 'as usual' : triesWords(search.tries)],
            ['Looked for', `${search.criterionTitle}, ${search.isLessBetter ? 'least' : 'most'}`],
            ['Fewest trades', String(search.fewestTrades)],
            [
              'Walk-forward',
              search.windows === 0
                ? 'none'
                : `${search.windows} folds, ${search.manner}, ${search.ratio} to 1`,
            ],
            ['Seed', String(search.seed)],
            ['Asked by', row.askedBy],
            ['Asked', <Moment key="asked" at={row.createdAt} />],
            ['Run for it', triesWords(row.made)],
          ]}
        />
        {notes.length > 0 && (
          <ul className="mt-4 space-y-1.5 text-faint text-xs">
            {notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="Setup">
        <Facts
          facts={[
            ['Prices', dataWords(row.data)],
            ['Time', timeOf(row)],
            ...(setup.forward ? [['Forward from', shortDay(setup.forward)] as const] : []),
            ['Tick model', tickModel(setup.ticks)],
            ['Deposit', money(setup.deposit, setup.currency)],
            ['Leverage', `1 : ${setup.leverage}`],
            ['Positions', setup.marginMode],
            ...Object.entries(row.inputs)
              .filter(([name]) => !search.ranges.some(one => one.name === name))
              .map(([name, value]) => [name, String(value)] as const),
          ]}
        />
      </Card>
    </div>
  )
}
