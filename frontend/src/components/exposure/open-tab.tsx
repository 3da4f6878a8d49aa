import { Scale } from 'lucide-react'
import type { Exposure } from '@/api/exposure'
import { FACET_NAMES, FACETS, type Facet } from '@/components/board/board'
import { LongShortRows } from '@/components/exposure/long-short-rows'
import { SymbolTable } from '@/components/exposure/symbol-table'
import { useUrlState } from '@/components/search-params'
import { axisMoney } from '@/format/money'
import { count, lots } from '@/format/volume'
import { BarRows } from '@/ui/bar-rows'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Stat, StatStrip } from '@/ui/stat'

/** What is open now: by currency, by symbol, and by who has it. */
export function OpenTab({ found, by }: { found: Exposure; by: Facet }) {
  if (found.positions === 0) {
    return (
      <Card>
        <EmptyState icon={Scale} title="Nothing is open">
          The positions of {count(found.accounts)} {found.accounts === 1 ? 'account' : 'accounts'} add up here
          the moment one is opened.
        </EmptyState>
      </Card>
    )
  }
  return (
    <div className="space-y-4">
      <NotCounted found={found} />
      <Sums found={found} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title="By currency" hint={`net, in ${found.money}`}>
          <BarRows
            label="By currency"
            isSigned
            rows={found.currencies.map(row => ({
              key: row.currency,
              label: row.currency,
              value: row.value ?? 0,
              text: row.value === null ? 'no rate' : whole(row.value, found.money),
              note: units(row.amount),
            }))}
          />
        </Card>
        <Card title="By symbol" hint={`net, in ${found.money}`}>
          <BarRows
            label="By symbol"
            isSigned
            rows={found.symbols.map(row => ({
              key: row.symbol,
              label: row.symbol,
              value: row.value ?? 0,
              text: row.value === null ? 'unknown' : whole(row.value, found.money),
              note: `${lots(row.longLots)} long · ${lots(row.shortLots)} short`,
            }))}
          />
        </Card>
      </div>
      <Parts found={found} by={by} />
      <Card title="Symbols" bodyClassName="px-0 pb-1">
        <SymbolTable rows={found.symbols} money={found.money} />
      </Card>
    </div>
  )
}

function NotCounted({ found }: { found: Exposure }) {
  return (
    <>
      {found.unknown.length > 0 && (
        <Callout tone="warn" title={`Not counted: ${found.unknown.join(', ')}`}>
          What a lot of {found.unknown.length === 1 ? 'this symbol' : 'these symbols'} is, is not known here,
          and it is not guessed. Lots and positions are in the table below.
        </Callout>
      )}
      {found.unrated.length > 0 && (
        <Callout title={`No rate into ${found.money}: ${found.unrated.join(', ')}`}>
          No price that leads there has been seen yet. Choose another money, or wait for the first tick.
        </Callout>
      )}
    </>
  )
}

function Sums({ found }: { found: Exposure }) {
  const sum = (side: 'long' | 'short') => found.parts.reduce((total, part) => total + part[side], 0)
  const holders = found.parts.reduce((total, part) => total + part.accounts, 0)
  return (
    <StatStrip>
      <Stat label="Bought" value={whole(sum('long'), found.money)} note="worth of all longs" />
      <Stat label="Sold" value={whole(sum('short'), found.money)} note="worth of all shorts" />
      <Stat label="Positions" value={count(found.positions)} note={`of ${count(holders)} accounts`} />
      <Stat
        label="Against each other"
        value={count(found.symbols.filter(row => row.longAccounts > 0 && row.shortAccounts > 0).length)}
        note="symbols held long and short"
      />
    </StatStrip>
  )
}

function Parts({ found, by }: { found: Exposure; by: Facet }) {
  const { change } = useUrlState()
  return (
    <Card
      title={`By ${FACETS[by].toLowerCase()}`}
      hint={`bought and sold, in ${found.money}`}
      actions={
        <Select
          aria-label="Parts"
          value={by}
          onChange={event => change({ by: event.target.value })}
          className="[&_select]:h-8"
        >
          {FACET_NAMES.map(name => (
            <option key={name} value={name}>
              By {FACETS[name].toLowerCase()}
            </option>
          ))}
        </Select>
      }
    >
      <LongShortRows
        label={`By ${FACETS[by].toLowerCase()}`}
        rows={found.parts.map(part => ({
          key: part.name,
          label: part.name || `No ${FACETS[by].toLowerCase()}`,
          note: part.currencies.map(one => `${one.currency} ${units(one.amount)}`).join(' · '),
          long: part.long,
          short: part.short,
        }))}
        format={value => whole(value, found.money)}
        onChoose={name => change({ [by]: name || '-' })}
      />
    </Card>
  )
}

const whole = (value: number, money: string): string => axisMoney(Math.round(value), money, false)

const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0, signDisplay: 'exceptZero' })

/** Units of a currency, with their sign. */
const units = (amount: number): string => fine.format(amount).replace('-', '−')
