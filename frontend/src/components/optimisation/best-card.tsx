import { FlaskConical, Rocket } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { isSearching, type Optimisation } from '@/api/optimisations'
import { backtestLink, deployInputsLink } from '@/components/optimisation/links'
import { LuckBadge, skillWords } from '@/components/optimisation/luck-words'
import { figure } from '@/components/optimisation/words'
import { useMe } from '@/components/session'
import { money } from '@/format/money'
import { ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Profit } from '@/ui/profit'
import { Stat, StatStrip } from '@/ui/stat'

/** The best, and beside it always how likely it is luck. */
export function BestCard({ row }: { row: Optimisation }) {
  const { best, luck, plateau, search } = row
  if (!best) return null
  const { figures } = best
  return (
    <Card
      title={isSearching(row) ? 'The best so far' : 'The best'}
      hint={search.ranges.map(one => `${one.name} ${String(best.inputs[one.name])}`).join(', ')}
      actions={<LuckBadge luck={luck} />}
    >
      <StatStrip>
        <Stat
          label={search.criterionTitle}
          value={figure(best.value)}
          note={best.forward ? `forward: ${figure(best.forwardValue)}` : undefined}
        />
        <Stat
          label="Net profit"
          value={<Profit hasArrow value={figures.net_profit ?? null} currency={row.setup.currency} />}
          note={
            best.forward
              ? `forward: ${money(best.forward.net_profit ?? null, row.setup.currency)}`
              : undefined
          }
        />
        <Stat
          label="Drawdown"
          value={`${figure(figures.drawdown_percent)} %`}
          note={money(figures.drawdown ?? null, row.setup.currency)}
        />
        <Stat label="Profit factor" value={ratio(figures.profit_factor)} />
        <Stat label="Trades" value={count(figures.trades ?? 0)} />
        <Stat
          label="More than luck"
          value={luck ? skillWords(luck) : 'unknown'}
          note={luck ? `best of ${count(luck.trials)} tries` : undefined}
        />
      </StatStrip>
      <div className="mt-4 space-y-1.5 text-muted text-sm">
        {luck && <p>{luck.verdict}</p>}
        {plateau && <p>{plateau.verdict}</p>}
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <ToBacktest row={row} inputs={best.inputs} />
        <ToDeploy row={row} inputs={best.inputs} />
      </div>
    </Card>
  )
}

interface InputsProps {
  row: Optimisation
  inputs: Record<string, unknown>
}

function ToBacktest({ row, inputs }: InputsProps) {
  const why = whyNot(canTenant('backtest', null, useMe()))
  return (
    <MaybeLink to={backtestLink(row, inputs)} why={why}>
      <FlaskConical /> Backtest this
    </MaybeLink>
  )
}

function ToDeploy({ row, inputs }: InputsProps) {
  const why = whyNot(canTenant('deploy', null, useMe()))
  return (
    <MaybeLink to={deployInputsLink(row, inputs)} why={why}>
      <Rocket /> Deploy with these inputs
    </MaybeLink>
  )
}

function MaybeLink({ to, why, children }: { to: string; why: string | undefined; children: ReactNode }) {
  if (why) return <Button disabledReason={why}>{children}</Button>
  return (
    <Button asChild>
      <Link to={to}>{children}</Link>
    </Button>
  )
}
