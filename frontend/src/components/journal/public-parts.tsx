import { useMemo, useState } from 'react'
import type { PublicPage, PublicTrade } from '@/api/journal-records'
import { tradesWords } from '@/components/journal/calendar-cells'
import { heatOf, heatScale, weeksOf } from '@/components/journal/calendar-layout'
import { Moment } from '@/components/moment'
import { SIDES } from '@/components/states'
import { duration } from '@/format/age'
import { addMonths, fullDay, monthName } from '@/format/day'
import { signedPercent } from '@/format/percent'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { HeatCell } from '@/ui/heat-month'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const TRADES_SHOWN = 20

/** A growth of so many percent, signed and coloured. */
export function Growth({ value, className }: { value: number | null; className?: string }) {
  const isFlat = value === null || Math.abs(value) < 0.005
  return (
    <span
      className={cx(
        'num whitespace-nowrap',
        isFlat ? 'text-muted' : value > 0 ? 'text-profit' : 'text-loss',
        className,
      )}
    >
      {value === null ? '—' : signedPercent(value / 100)}
    </span>
  )
}

/** The calendar of a public page: growth of each day, a month at a time. */
export function PublicCalendar({ days }: { days: PublicPage['days'] }) {
  const last = days.at(-1)?.day.slice(0, 7) ?? new Date().toISOString().slice(0, 7)
  const first = days[0]?.day.slice(0, 7) ?? last
  const [month, setMonth] = useState(last)
  // The layout adds up money; here the unit is percent of the balance.
  const byDay = useMemo(
    () => new Map(days.map(row => [row.day, { ...row, netProfit: row.growthPercent ?? 0 }])),
    [days],
  )
  const scale = useMemo(() => heatScale([...byDay.values()]), [byDay])
  return (
    <div>
      <div className="mb-2 flex items-center justify-between">
        <Button
          size="sm"
          variant="ghost"
          disabledReason={month <= first ? 'It begins here.' : undefined}
          onClick={() => setMonth(addMonths(month, -1))}
        >
          Earlier
        </Button>
        <span aria-live="polite" className="font-medium text-sm">
          {monthName(month)}
        </span>
        <Button
          size="sm"
          variant="ghost"
          disabledReason={month >= last ? 'This is the newest month.' : undefined}
          onClick={() => setMonth(addMonths(month, 1))}
        >
          Later
        </Button>
      </div>
      <div className="grid grid-cols-7 gap-1">
        {weeksOf(month, byDay).flatMap((week, row) =>
          week.days.map((day, weekday) => {
            const figure = day ? byDay.get(day) : undefined
            const says = figure
              ? `${fullDay(figure.day)}: ${signedPercent(figure.netProfit / 100)} in ${tradesWords(figure.trades)}`
              : ''
            return (
              <HeatCell
                key={day ?? `${row} ${weekday}`}
                cell={
                  day
                    ? {
                        day,
                        heat: figure ? Math.max(heatOf(figure.netProfit, scale), 8) : 0,
                        isGain: (figure?.netProfit ?? 0) >= 0,
                        hasTrades: figure !== undefined,
                        isToday: false,
                        says,
                      }
                    : null
                }
                onChoose={() => undefined}
                className={cx(
                  'h-11 cursor-default! rounded-md p-1',
                  !day && 'invisible',
                  !figure && 'bg-hover/50',
                )}
              >
                <span className="num block text-2xs text-muted">{day && Number(day.slice(8))}</span>
                {figure && (
                  <span className="num block truncate text-2xs text-ink max-sm:hidden">
                    {signedPercent(figure.netProfit / 100, 1).replace(' ', '')}
                  </span>
                )}
              </HeatCell>
            )
          }),
        )}
      </div>
    </div>
  )
}

interface TradesProps {
  trades: readonly PublicTrade[]
  /** Null where no money is shown. */
  currency: string | null
}

/** The last trades of a public page: some at first, all on demand. */
export function PublicTrades({ trades, currency }: TradesProps) {
  const [isAll, setAll] = useState(false)
  const isCut = !isAll && trades.length > TRADES_SHOWN
  return (
    <>
      <TradesTable trades={isCut ? trades.slice(0, TRADES_SHOWN) : trades} currency={currency} />
      {isCut && (
        <p className="px-4 py-3">
          <Button size="sm" onClick={() => setAll(true)}>
            Show all {trades.length}
          </Button>
        </p>
      )}
    </>
  )
}

function TradesTable({ trades, currency }: TradesProps) {
  return (
    <Table label="Last trades">
      <thead>
        <tr>
          <Th>Closed</Th>
          <Th>Symbol</Th>
          <Th className="max-sm:hidden">Side</Th>
          {currency && (
            <Th isNumber className="max-sm:hidden">
              Lots
            </Th>
          )}
          <Th isNumber className="max-sm:hidden">
            Entry
          </Th>
          <Th isNumber className="max-sm:hidden">
            Exit
          </Th>
          <Th isNumber className="max-sm:hidden">
            Held
          </Th>
          <Th isNumber className="max-sm:hidden">
            R
          </Th>
          {currency && <Th isNumber>Net profit</Th>}
          <Th isNumber>Growth</Th>
        </tr>
      </thead>
      <tbody>
        {trades.map((trade, index) => {
          const digits = digitsOf([trade.entryPrice ?? 0, trade.exitPrice ?? 0])
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: public trades carry no name of their own
            <Tr key={index}>
              <Td className="num whitespace-nowrap text-muted">
                {trade.state === 'open' ? 'open' : <Moment at={trade.exitedAt} />}
              </Td>
              <Td className="font-medium">{trade.symbol}</Td>
              <Td className="text-muted max-sm:hidden">{SIDES[trade.side].label}</Td>
              {currency && (
                <Td isNumber className="max-sm:hidden">
                  {trade.volume === null ? '—' : lots(trade.volume)}
                </Td>
              )}
              <Td isNumber className="max-sm:hidden">
                {price(trade.entryPrice, digits)}
              </Td>
              <Td isNumber className="max-sm:hidden">
                {price(trade.exitPrice, digits)}
              </Td>
              <Td isNumber className="text-muted max-sm:hidden">
                {duration(trade.durationS)}
              </Td>
              <Td isNumber className="max-sm:hidden">
                <Multiple value={trade.r} />
              </Td>
              {currency && (
                <Td isNumber>
                  <Profit value={trade.netProfit} currency={currency} />
                </Td>
              )}
              <Td isNumber className="font-medium">
                <Growth value={trade.growthPercent} />
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}
