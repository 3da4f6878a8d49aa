import { useQuery } from '@tanstack/react-query'
import { Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { type SameTrades, sameTrades } from '@/api/exposure'
import { DAYS, type ExposureChoice, RATIOS, sameQuery, WINDOWS } from '@/components/exposure/choice'
import { SameTradeItem } from '@/components/exposure/same-trade-item'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { count } from '@/format/volume'
import { BarRows } from '@/ui/bar-rows'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

/** Accounts that enter the same symbol at about the same time, and those that do so against each other. */
export function SameTab({ choice }: { choice: ExposureChoice }) {
  const { change } = useUrlState()
  const query = useQuery(sameTrades(sameQuery(choice)))
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <Choice label="Trades of" name="days" value={choice.days} choices={DAYS}>
          Last
        </Choice>
        <Choice label="Entered within" name="window" value={choice.windowS} choices={WINDOWS}>
          Within
        </Choice>
        <Choice label="Volumes" name="ratio" value={choice.ratio} choices={RATIOS} />
        <span className="flex items-center gap-2 pl-1 text-muted text-sm">
          <Switch
            label="Only against each other"
            isOn={choice.isOppositeOnly}
            onChange={isOn => change({ opposite: isOn ? 'yes' : null })}
          />
          Only against each other
        </span>
      </div>
      <Loaded query={query}>{found => <Found found={found} />}</Loaded>
    </div>
  )
}

interface ChoiceProps {
  label: string
  name: string
  value: number
  choices: Record<number, string>
  children?: ReactNode
}

function Choice({ label, name, value, choices, children }: ChoiceProps) {
  const { change } = useUrlState()
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={event => change({ [name]: event.target.value })}
      className="[&_select]:h-8"
    >
      {Object.entries(choices).map(([key, word]) => (
        <option key={key} value={key}>
          {children ? `${children} ${word}` : word}
        </option>
      ))}
    </Select>
  )
}

function Found({ found }: { found: SameTrades }) {
  return (
    <>
      {found.isCut && (
        <Callout>
          More was traded than is looked at here: these are the newest. Choose fewer days or a group.
        </Callout>
      )}
      {found.oppositeCount > 0 && (
        <Callout
          tone="warn"
          title={`${count(found.oppositeCount)} ${found.oppositeCount === 1 ? 'trade' : 'trades'} against each other`}
        >
          One account bought what another sold. Prop firms call that hedging across accounts, and most forbid
          it.
        </Callout>
      )}
      {found.clusters.length === 0 ? (
        <Card>
          <EmptyState icon={Users} title="No account trades the same">
            No two accounts entered a symbol this close together. Widen the window or look further back.
          </EmptyState>
        </Card>
      ) : (
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <Card
            title="Same trades"
            hint={
              found.count > found.clusters.length
                ? `the newest ${found.clusters.length} of ${count(found.count)}; the CSV has all`
                : count(found.count)
            }
            bodyClassName="px-0 pb-1"
          >
            <ul aria-label="Same trades" className="divide-y divide-line border-line border-t">
              {found.clusters.map((one, index) => (
                <li key={`${one.symbol} ${one.at} ${one.entries[0]?.accountId}`}>
                  <SameTradeItem one={one} isFirst={index === 0} />
                </li>
              ))}
            </ul>
          </Card>
          <Companies found={found} />
        </div>
      )}
    </>
  )
}

function Companies({ found }: { found: SameTrades }) {
  return (
    <Card title="Most often together" hint="same trades of two accounts" className="xl:sticky xl:top-4">
      {found.companies.length === 0 ? (
        <p className="text-muted text-sm">So many accounts trade together that pairs say nothing.</p>
      ) : (
        <BarRows
          label="Most often together"
          isSigned={false}
          rows={found.companies.map(pair => ({
            key: `${pair.oneId} ${pair.otherId}`,
            label: `${pair.one} · ${pair.other}`,
            value: pair.together,
            text: count(pair.together),
            note: pair.opposite > 0 ? `${count(pair.opposite)} against each other` : 'same side',
          }))}
        />
      )}
    </Card>
  )
}
