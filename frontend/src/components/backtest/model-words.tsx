import type { Backtest, BacktestModel } from '@/api/backtests'
import { shortDay } from '@/format/day'
import { Callout } from '@/ui/callout'

type Seen = NonNullable<Backtest['model']>['seen']

/** Which model, and whether it had seen the prices: what stands wherever figures of a test are compared. */
export const modelWords = ({ model }: Backtest): string =>
  model ? `${model.name} v${model.number}${model.seen === 'none' ? '' : `, ${SEEN[model.seen]}`}` : ''

const SEEN: Record<Exclude<Seen, 'none'>, string> = {
  part: 'partly on prices that it had seen',
  all: 'on prices that it had seen',
}

/** How much of a test's days lie before the end of what a model was made of, as the hub will say. */
export function seenOf(model: BacktestModel, from: string, to: string): Seen {
  if (from && from > model.trainedTo) return 'none'
  return to && to <= model.trainedTo ? 'all' : 'part'
}

const TITLES: Record<Exclude<Seen, 'none'>, string> = {
  part: 'Part of this is no evidence',
  all: 'This is no evidence',
}

/** What must stand beside the figures: what a model earns on its own past says nothing of its worth. */
export function SeenNote({ seen, name, trainedTo }: { seen: Seen; name: string; trainedTo: string }) {
  const day = shortDay(trainedTo)
  if (seen === 'none') {
    return (
      <Callout>
        Signals of {name}, which was made of prices to {day}: before this test begins.
      </Callout>
    )
  }
  return (
    <Callout tone="warn" title={TITLES[seen]}>
      {name} was made of prices to {day}. What it earns before then it has seen, and says nothing of what it
      is worth.
    </Callout>
  )
}
