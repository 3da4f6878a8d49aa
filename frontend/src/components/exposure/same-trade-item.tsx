import { ArrowLeftRight, ChevronRight, Copy } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { SameEntry, SameTrade } from '@/api/exposure'
import { Moment } from '@/components/moment'
import { SIDES } from '@/components/states'
import { useSymbolDigits } from '@/components/symbol-digits'
import { digitsOf, price } from '@/format/price'
import { count, lots } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

/** One cluster: a line that says what it is, with the trades side by side under it. */
export function SameTradeItem({ one, isFirst }: { one: SameTrade; isFirst: boolean }) {
  const [isOpen, setOpen] = useState(isFirst)
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5 text-left text-sm outline-offset-[-2px] hover:bg-hover"
      >
        <ChevronRight
          aria-hidden
          className={cx('size-4 text-faint transition-transform', isOpen && 'rotate-90')}
        />
        <span className="w-16 font-medium text-ink">{one.symbol}</span>
        <span className="sm:w-38">
          {one.isOpposite ? (
            <Badge tone="warn" icon={ArrowLeftRight}>
              Against each other
            </Badge>
          ) : (
            <Badge icon={Copy}>Same side</Badge>
          )}
        </span>
        <span className="text-muted sm:w-36">
          {count(one.accounts)} accounts in {seconds(one.spanS)}
        </span>
        <Strip one={one} />
        {one.isOpen && <Badge tone="accent">Open</Badge>}
        <Moment at={one.at} className="num ml-auto text-faint text-xs" />
      </button>
      {isOpen && <Entries one={one} />}
    </>
  )
}

/** When each entered between the first and the last: what was bought above the line, what was sold below. */
function Strip({ one }: { one: SameTrade }) {
  const began = Date.parse(one.at)
  const span = one.spanS * 1000 || 1
  return (
    <span aria-hidden className="relative hidden h-5 w-32 border-line-strong border-x sm:block">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
      {one.entries.map(row => (
        <span
          key={`${row.accountId} ${row.positionId}`}
          className={cx(
            'absolute h-2 w-1 -translate-x-1/2 rounded-sm',
            row.side === 'buy' ? 'bottom-1/2 bg-profit/75' : 'top-1/2 bg-loss/75',
          )}
          style={{ left: `${((Date.parse(row.at) - began) / span) * 100}%` }}
        />
      ))}
    </span>
  )
}

function Entries({ one }: { one: SameTrade }) {
  const known = useSymbolDigits()
  const digits = known(one.symbol) ?? digitsOf(one.entries.map(row => row.price ?? 0))
  const began = Date.parse(one.at)
  return (
    <div className="border-line border-t bg-canvas/50">
      <Table label={`${one.symbol}, trades side by side`}>
        <thead>
          <tr>
            <Th>Account</Th>
            <Th>Side</Th>
            <Th isNumber>Lots</Th>
            <Th isNumber>Price</Th>
            <Th isNumber>After</Th>
            <Th>Until</Th>
            <Th isNumber>Made</Th>
          </tr>
        </thead>
        <tbody>
          {one.entries.map(row => (
            <Tr key={`${row.accountId} ${row.positionId}`}>
              <Td>
                <Link
                  to={`/accounts/${row.accountId}`}
                  className="block max-w-52 truncate font-medium text-ink hover:text-accent"
                >
                  {row.label}
                </Link>
                <span className="num block max-w-52 truncate text-faint text-xs">{beside(row)}</span>
              </Td>
              <Td className={row.side === 'buy' ? 'text-profit' : 'text-loss'}>{SIDES[row.side].label}</Td>
              <Td isNumber>{lots(row.volume)}</Td>
              <Td isNumber>{price(row.price, digits)}</Td>
              <Td isNumber className="text-muted">
                {seconds((Date.parse(row.at) - began) / 1000)}
              </Td>
              <Td className="whitespace-nowrap text-muted">
                {row.exitedAt ? <Moment at={row.exitedAt} /> : 'still open'}
              </Td>
              <Td isNumber>
                {row.netProfit === null ? '—' : <Profit value={row.netProfit} currency={row.currency} />}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {one.entryCount > one.entries.length && (
        <p className="px-4 py-2 text-faint text-xs">
          The first {one.entries.length} of {count(one.entryCount)}. The CSV has all.
        </p>
      )}
    </div>
  )
}

const beside = (row: SameEntry): string =>
  [row.login, row.holder, row.firm, row.group].filter(Boolean).join(' · ')

/** Seconds as `0.4 s` or `12 s`. */
const seconds = (value: number): string => `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} s`
