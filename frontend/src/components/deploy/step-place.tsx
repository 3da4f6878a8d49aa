import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { accounts, instances, symbols } from '@/api/queries'
import type { Account, Instance, Template } from '@/api/records'
import { ConnectDialog } from '@/components/account/connect-dialog'
import type { Way } from '@/components/account/way-cards'
import { Option } from '@/components/deploy/option'
import { StepFrame, type StepProps } from '@/components/deploy/step-frame'
import { HeartbeatAge } from '@/components/heartbeat'
import { Loaded } from '@/components/loaded'
import { money } from '@/format/money'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function StepPlace({ template, choices, onChange, onNext }: StepProps & { template: Template }) {
  const wallets = useQuery(accounts())
  const fleet = useQuery(instances()).data ?? []
  const isTaken = takenBy(fleet, choices.account, choices.symbol) !== undefined
  return (
    <StepFrame
      title="Where shall it trade?"
      onBack={() => onNext('template')}
      nextReason={
        !choices.account
          ? 'Choose an account.'
          : !choices.symbol || isTaken
            ? 'Choose a free symbol.'
            : undefined
      }
      onNext={() => onNext('inputs')}
    >
      <div className="space-y-7">
        <Loaded query={wallets}>
          {rows => (
            <AccountChoice
              // An EA needs the account's password; an own terminal's never comes here.
              rows={rows.filter(row => !row.ownTerminal)}
              chosen={choices.account}
              onChoose={account => onChange({ account: account.id })}
            />
          )}
        </Loaded>
        <SymbolChoice
          template={template}
          taken={symbol => takenBy(fleet, choices.account, symbol)}
          chosen={choices.symbol}
          onChoose={symbol => onChange({ symbol })}
        />
        <Field label="Name" aside="optional" hint="As you will find it in the fleet." className="max-w-md">
          {control => (
            <Input
              {...control}
              maxLength={60}
              value={choices.name}
              placeholder={`${template.name}${choices.symbol ? ` ${choices.symbol}` : ''}`}
              onChange={event => onChange({ name: event.target.value })}
            />
          )}
        </Field>
      </div>
    </StepFrame>
  )
}

interface AccountChoiceProps {
  rows: readonly Account[]
  chosen: string
  onChoose: (account: Account) => void
}

function AccountChoice({ rows, chosen, onChoose }: AccountChoiceProps) {
  const [way, setWay] = useState<Way | null>(null)
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">Account</legend>
      <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
        {rows.map(row => (
          <Option key={row.id} group="account" isChosen={chosen === row.id} onChoose={() => onChoose(row)}>
            <span className="flex items-baseline justify-between gap-3">
              <span className="truncate font-semibold text-ink text-sm">{row.label}</span>
              <span className="num font-medium text-sm">{money(row.equity, row.currency)}</span>
            </span>
            <span className="mt-1.5 flex justify-between text-faint text-xs">
              <span className="num">
                {row.login} · {row.instanceCount} {row.instanceCount === 1 ? 'EA' : 'EAs'}
              </span>
              <HeartbeatAge at={row.heartbeatAt} isExpected={row.instanceCount > 0} />
            </span>
          </Option>
        ))}
        <Button
          variant="ghost"
          className="h-auto min-h-18 border border-line-strong border-dashed"
          onClick={() => setWay('open')}
        >
          <Plus /> {rows.length === 0 ? 'Open a paper account' : 'Another account'}
        </Button>
      </div>
      <ConnectDialog isPaperOnly way={way} onWay={setWay} onDone={onChoose} />
    </fieldset>
  )
}

interface SymbolChoiceProps {
  template: Template
  taken: (symbol: string) => Instance | undefined
  chosen: string
  onChoose: (symbol: string) => void
}

function SymbolChoice({ template, taken, chosen, onChoose }: SymbolChoiceProps) {
  const specs = useQuery(symbols()).data
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">Symbol</legend>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {template.symbols.map(symbol => {
          const other = taken(symbol)
          return (
            <Option
              key={symbol}
              group="symbol"
              className="px-4 py-3"
              isChosen={chosen === symbol}
              reason={other && `${other.name} trades it on this account.`}
              onChoose={() => onChoose(symbol)}
            >
              <span className="block font-semibold text-ink text-sm">{symbol}</span>
              <span className="block truncate text-faint text-xs">
                {specs?.find(spec => spec.name === symbol)?.description ?? ''}
              </span>
            </Option>
          )
        })}
      </div>
    </fieldset>
  )
}

/** The EA that trades this symbol on this account already: two would trade against each other. */
function takenBy(fleet: readonly Instance[], account: string, symbol: string): Instance | undefined {
  return fleet.find(
    row => row.accountId === account && row.symbol === symbol && row.desiredState !== 'stopped',
  )
}
