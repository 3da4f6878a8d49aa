import { useMemo } from 'react'
import type { Fold, WalkForward } from '@/api/search-report'
import { rising, wallTime } from '@/components/backtest/clock'
import { LuckBadge, skillWords } from '@/components/optimisation/luck-words'
import { figure } from '@/components/optimisation/words'
import { shortDay } from '@/format/day'
import { percent } from '@/format/percent'
import { shortMoney } from '@/format/short-money'
import { Card } from '@/ui/card'
import { LinesChart } from '@/ui/lines-chart'
import { Profit } from '@/ui/profit'
import { Stat, StatStrip } from '@/ui/stat'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  walked: WalkForward
  currency: string
}

/** Walk-forward: what choosing by the past made of the time after it, fold by fold. */
export function FoldsCard({ walked, currency }: Props) {
  const lines = useMemo(
    () => [
      {
        key: 'equity',
        colour: 0,
        dots: rising(walked.days.map(([at, equity]) => ({ time: wallTime(at * 1000), value: equity }))),
      },
    ],
    [walked],
  )
  return (
    <Card
      title="Walk-forward"
      hint="each choice was made by the time before it alone"
      actions={<LuckBadge luck={walked.luck} />}
      bodyClassName="px-0 pb-0"
    >
      <StatStrip className="mx-4 mb-3">
        <Stat label="Net profit after" value={<Profit value={walked.netProfit} currency={currency} />} />
        <Stat
          label="Efficiency"
          value={percent(walked.efficiency, 0)}
          note="profit a year after, of that before"
        />
        <Stat label="Folds won" value={`${walked.won} of ${walked.steps.length}`} />
        <Stat label="Drawdown" value={`${figure(walked.drawdownPercent)} %`} />
        <Stat label="More than luck" value={skillWords(walked.luck)} />
      </StatStrip>
      <p className="px-4 pb-2 text-muted text-sm">{walked.luck.verdict}</p>
      {walked.days.length > 1 && (
        <div className="px-2 pb-2">
          <LinesChart
            lines={lines}
            hasZero={false}
            format={equityWords}
            label="Equity of the stretches after each choice"
            className="h-52"
          />
        </div>
      )}
      <Table label="Folds" className="[&_td]:h-9">
        <thead>
          <tr>
            <Th>Chosen by</Th>
            <Th>Traded</Th>
            <Th>Inputs</Th>
            <Th isNumber>Before</Th>
            <Th isNumber>After</Th>
            <Th isNumber>Efficiency</Th>
          </tr>
        </thead>
        <tbody>
          {walked.steps.map(step => (
            <FoldRow key={step.window.outS} step={step} currency={currency} />
          ))}
        </tbody>
      </Table>
    </Card>
  )
}

function FoldRow({ step, currency }: { step: Fold; currency: string }) {
  const { beginS, outS, endS } = step.window
  return (
    <Tr>
      <Td className="num whitespace-nowrap">{days(beginS, outS)}</Td>
      <Td className="num whitespace-nowrap">{days(outS, endS)}</Td>
      <Td className="whitespace-nowrap">
        {step.chosen
          ? Object.entries(step.chosen)
              .map(([name, value]) => `${name} ${value}`)
              .join(', ')
          : 'none had a value: nothing was traded'}
      </Td>
      <Td isNumber>
        <Profit value={step.before.net_profit ?? null} currency={currency} />
      </Td>
      <Td isNumber>
        <Profit value={step.after.net_profit ?? null} currency={currency} />
      </Td>
      <Td isNumber>{percent(step.efficiency, 0)}</Td>
    </Tr>
  )
}

const day = (seconds: number): string => shortDay(new Date(seconds * 1000).toISOString().slice(0, 10))
const days = (from: number, to: number): string => `${day(from)} – ${day(to)}`

const equityWords = (value: number): string => shortMoney(value).replace(/^\+/, '')
