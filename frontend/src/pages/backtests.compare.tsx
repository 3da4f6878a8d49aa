import { useQuery } from '@tanstack/react-query'
import { GitCompareArrows } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { type Backtest, type ComparedBacktest, comparedBacktests } from '@/api/backtests'
import type { TestFigures } from '@/api/test-report'
import { rising, wallTime } from '@/components/backtest/clock'
import { FIGURE_GROUPS } from '@/components/backtest/figure-groups'
import { changedWords, nameOf } from '@/components/backtest/list'
import { modelWords } from '@/components/backtest/model-words'
import { dataShort, periodWords, tickModel } from '@/components/backtest/words'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { signedPercent } from '@/format/percent'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'
import { Skeleton } from '@/ui/skeleton'
import { Table, Td, Th, Tr } from '@/ui/table'

export default function CompareBacktestsPage() {
  const { params } = useUrlState()
  const ids = params.get('ids')?.split(',').filter(Boolean) ?? []
  const query = useQuery(comparedBacktests(ids))
  return (
    <Page title="Compare backtests" parent={{ label: 'Backtests', to: '/backtests' }}>
      {ids.length === 0 ? (
        <Nothing />
      ) : (
        <Loaded query={query} skeleton={<Skeleton className="h-[36rem] w-full rounded-xl" />}>
          {sides => (sides.length === 0 ? <Nothing /> : <Sides sides={sides} />)}
        </Loaded>
      )}
    </Page>
  )
}

const toldApart = (row: Backtest): string => [modelWords(row), changedWords(row)].filter(Boolean).join(', ')

function Nothing() {
  return (
    <Card>
      <EmptyState icon={GitCompareArrows} title="Nothing to compare yet">
        Choose two or more that are done in the{' '}
        <Link to="/backtests" className="text-accent hover:underline">
          list of backtests
        </Link>
        .
      </EmptyState>
    </Card>
  )
}

function Sides({ sides }: { sides: readonly ComparedBacktest[] }) {
  const isOneMarket = new Set(sides.map(side => JSON.stringify(side.backtest.data))).size === 1
  const isOneTime = new Set(sides.map(side => periodWords(side.backtest))).size === 1
  return (
    <div className="space-y-5">
      {!(isOneMarket && isOneTime) && (
        <Callout tone="warn">
          These were not tested on the same prices and time, so their figures differ for that reason as well.
        </Callout>
      )}
      <Curves sides={sides} />
      <Figures sides={sides} />
      <Inputs sides={sides} />
    </div>
  )
}

const change = (value: number): string => signedPercent(value, 1)

/** Equity as a share of the deposit, so that accounts of any size and currency lie over each other. */
function Curves({ sides }: { sides: readonly ComparedBacktest[] }) {
  const lines = useMemo(
    () =>
      sides.map((side, colour) => {
        const first = side.curve[0]?.[2] || 1
        const dots = side.curve.map(([msc = 0, , equity = first]) => ({
          time: wallTime(msc),
          value: equity / first - 1,
        }))
        return { key: side.backtest.id, colour, dots: rising(dots) }
      }),
    [sides],
  )
  return (
    <Card title="Equity" hint="change since the deposit" bodyClassName="px-2 pb-2">
      <ul aria-label="Curves" className="flex flex-wrap gap-x-4 gap-y-1 px-2 pb-2 text-muted text-xs">
        {sides.map((side, index) => (
          <li key={side.backtest.id} className="flex items-center gap-1.5">
            <Dot index={index} />
            {nameOf(side.backtest)}
            <span className="text-faint">{toldApart(side.backtest)}</span>
          </li>
        ))}
      </ul>
      <LinesChart lines={lines} format={change} label="Equity of each backtest" className="h-80 sm:h-96" />
    </Card>
  )
}

function Dot({ index }: { index: number }) {
  return (
    <span
      aria-hidden
      className="inline-block size-2 rounded-full"
      style={{ backgroundColor: `var(--series-${index + 1})` }}
    />
  )
}

const STICKY = '[&_td:first-child]:sticky [&_td:first-child]:left-0 [&_td:first-child]:bg-surface [&_td]:h-9'

function Heads({ sides, first }: { sides: readonly ComparedBacktest[]; first: string }) {
  return (
    <thead>
      <tr>
        <Th>{first}</Th>
        {sides.map((side, index) => (
          <Th key={side.backtest.id} isNumber>
            <Dot index={index} />{' '}
            <Link to={`/backtests/${side.backtest.id}`} className="rounded hover:text-ink hover:underline">
              {nameOf(side.backtest)}
            </Link>
            <span className="block font-normal">{toldApart(side.backtest)}</span>
          </Th>
        ))}
      </tr>
    </thead>
  )
}

function Figures({ sides }: { sides: readonly ComparedBacktest[] }) {
  const figures = sides.map(side => side.figures as unknown as TestFigures)
  const isOneCurrency = new Set(sides.map(side => side.backtest.setup.currency)).size === 1
  return (
    <Card title="Side by side" hint="the best of each line in bold" bodyClassName="px-0 pb-1">
      <Table label="Figures" className={STICKY}>
        <Heads sides={sides} first="Figure" />
        {FIGURE_GROUPS.map(group => (
          <tbody key={group.title}>
            {group.figures.map(figure => {
              const ranks = figures.map(all => figure.rank?.(all) ?? null)
              const known = ranks.filter(rank => rank !== null)
              const best = isOneCurrency && new Set(known).size > 1 ? Math.max(...known) : null
              return (
                <Tr key={figure.name}>
                  <Td className="text-muted">{figure.name}</Td>
                  {sides.map((side, index) => {
                    const all = figures[index]
                    const isBest = best !== null && ranks[index] === best
                    return (
                      <Td key={side.backtest.id} isNumber className={isBest ? 'font-semibold' : undefined}>
                        {all ? figure.show(all, side.backtest.setup.currency) : '—'}
                      </Td>
                    )
                  })}
                </Tr>
              )
            })}
          </tbody>
        ))}
      </Table>
    </Card>
  )
}

/** What was set differently; what all have alike is left out. */
function Inputs({ sides }: { sides: readonly ComparedBacktest[] }) {
  const rows = sides.map(side => settings(side))
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const different = names.filter(name => new Set(rows.map(row => row[name])).size > 1)
  return (
    <Card title="What was set differently" bodyClassName="px-0 pb-1">
      {different.length === 0 ? (
        <p className="px-4 pb-3 text-muted text-sm">Nothing: their setups and inputs are the same.</p>
      ) : (
        <Table label="Differences" className={STICKY}>
          <Heads sides={sides} first="Setting" />
          <tbody>
            {different.map(name => (
              <Tr key={name}>
                <Td className="text-muted">{name}</Td>
                {sides.map((side, index) => (
                  <Td key={side.backtest.id} isNumber>
                    {rows[index]?.[name] ?? '—'}
                  </Td>
                ))}
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function settings({ backtest }: ComparedBacktest): Record<string, string> {
  const { setup } = backtest
  const inputs = Object.entries(backtest.inputs).map(([name, value]) => [name, String(value)])
  return {
    EA: `${backtest.templateName} ${backtest.version}`,
    Symbol: backtest.symbol,
    Timeframe: backtest.timeframe,
    Prices: dataShort(backtest.data),
    Time: periodWords(backtest),
    'Tick model': tickModel(setup.ticks),
    Deposit: `${setup.deposit} ${setup.currency}`,
    Leverage: String(setup.leverage),
    Positions: setup.marginMode,
    Spread: setup.spreadPoints === null ? 'of the prices' : String(setup.spreadPoints),
    Commission: setup.commission === null ? 'the broker’s' : String(setup.commission),
    Swaps: setup.withSwaps ? 'charged' : 'none',
    Latency: String(setup.latencyMs),
    ...Object.fromEntries(inputs),
  }
}
