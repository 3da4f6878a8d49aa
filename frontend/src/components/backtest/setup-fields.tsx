import type { ReactNode } from 'react'
import type { UseFormReturn } from 'react-hook-form'
import type { BacktestOptions, MarketData } from '@/api/backtests'
import { may } from '@/api/can'
import type { Template } from '@/api/records'
import type { SetupName } from '@/components/backtest/links'
import { chosenPrices, keyOf, pricesOf, RULES, type SetupDraft, usualDays } from '@/components/backtest/setup'
import { dataWords, rangeWords, TICK_MODELS } from '@/components/backtest/words'
import { useMe } from '@/components/session'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { type ControlProps, Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

interface Props {
  template: Template
  options: BacktestOptions
  form: UseFormReturn<SetupDraft>
  today: string
}

export function SetupFields(props: Props) {
  return (
    <>
      <UnreadableFiles options={props.options} />
      <PricesCard {...props} />
      <AccountCard {...props} />
    </>
  )
}

function PricesCard({ template, options, form, today }: Props) {
  const draft = form.watch()
  const data = chosenPrices(options, draft)
  const moveTo = (next: MarketData | undefined) => {
    if (!next) return
    const days = usualDays(next, options.limits.years, today)
    form.setValue('data', keyOf(next))
    form.setValue('from', days.from)
    form.setValue('to', days.to)
    form.setValue('forward', '')
    form.setValue('ticks', next.timeframe === '' ? 'every' : draft.ticks === 'every' ? 'ohlc' : draft.ticks)
    form.clearErrors()
  }
  const model = TICK_MODELS.find(one => one.value === draft.ticks)
  return (
    <Card title="Prices" hint="Days are the server’s, and the last one is not included.">
      <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2 lg:grid-cols-3">
        <Wired form={form} name="symbol" label="Symbol">
          {(control, own) => (
            <Select
              {...control}
              {...own}
              onChange={event => {
                form.setValue('symbol', event.target.value)
                moveTo(pricesOf(options, event.target.value)[0])
              }}
            >
              {template.symbols.map(symbol => (
                <option key={symbol} value={symbol} disabled={pricesOf(options, symbol).length === 0}>
                  {symbol}
                </option>
              ))}
            </Select>
          )}
        </Wired>
        <Wired
          form={form}
          name="data"
          label="Data"
          className="lg:col-span-2"
          hint={data && `${data.timeframe || 'Ticks'}, ${rangeWords(data.fromDay, data.toDay)}`}
        >
          {(control, own) => (
            <Select
              {...control}
              {...own}
              onChange={event =>
                moveTo(pricesOf(options, draft.symbol).find(one => keyOf(one) === event.target.value))
              }
            >
              {pricesOf(options, draft.symbol).map(one => (
                <option key={keyOf(one)} value={keyOf(one)}>
                  {dataWords(one)}
                </option>
              ))}
            </Select>
          )}
        </Wired>
        <Wired form={form} name="from" label="From">
          {(control, own) => (
            <Input {...control} {...own} type="date" min={data?.fromDay} max={data?.toDay ?? today} />
          )}
        </Wired>
        <Wired form={form} name="to" label="To">
          {(control, own) => (
            <Input {...control} {...own} type="date" min={data?.fromDay} max={data?.toDay ?? today} />
          )}
        </Wired>
        <Wired
          form={form}
          name="forward"
          label="Forward from"
          aside="optional"
          hint="From this day on the figures are told apart, too."
        >
          {(control, own) => <Input {...control} {...own} type="date" min={draft.from} max={draft.to} />}
        </Wired>
        <Wired form={form} name="timeframe" label="Timeframe">
          {(control, own) => (
            <Select {...control} {...own}>
              <option value="">{template.timeframe}, the EA’s own</option>
              {options.timeframes.map(name => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Wired>
        <Wired form={form} name="ticks" label="Tick model" className="lg:col-span-2" hint={model?.says}>
          {(control, own) => (
            <Select {...control} {...own}>
              {TICK_MODELS.filter(one => one.value !== 'every' || data?.timeframe === '').map(one => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </Select>
          )}
        </Wired>
      </div>
      {data?.source === 'generator' && (
        <Callout tone="warn" className="mt-5" title="These prices are made up">
          They look like a market’s and are none: what an EA earns here says nothing of what it would have
          earned. They serve to see how it behaves.
        </Callout>
      )}
    </Card>
  )
}

/** Files of the operator's folder that hold nothing to test on: for whoever can mend them. */
export function UnreadableFiles({ options }: { options: BacktestOptions }) {
  const me = useMe()
  if (options.unreadable.length === 0 || !may(me, 'audit')) return null
  return (
    <Callout tone="warn" title="Some files of the market data folder cannot be used">
      <ul>
        {options.unreadable.map(file => (
          <li key={file.name}>
            {file.name}: {file.error}
          </li>
        ))}
      </ul>
    </Callout>
  )
}

function AccountCard({ form }: Props) {
  return (
    <Card title="Account and costs">
      <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2 lg:grid-cols-4">
        <Wired form={form} name="deposit" label="Deposit">
          {(control, own) => <Input {...control} {...own} inputMode="decimal" autoComplete="off" />}
        </Wired>
        <Wired form={form} name="currency" label="Currency">
          {(control, own) => <Input {...control} {...own} maxLength={3} autoComplete="off" />}
        </Wired>
        <Wired form={form} name="leverage" label="Leverage">
          {(control, own) => <Input {...control} {...own} inputMode="numeric" unit="1 : n" />}
        </Wired>
        <Wired form={form} name="marginMode" label="Positions">
          {(control, own) => (
            <Select {...control} {...own}>
              <option value="hedging">Hedging</option>
              <option value="netting">Netting</option>
            </Select>
          )}
        </Wired>
        <Wired form={form} name="spreadPoints" label="Spread" hint="Empty: as the prices have it.">
          {(control, own) => <Input {...control} {...own} inputMode="numeric" unit="points" />}
        </Wired>
        <Wired form={form} name="commission" label="Commission" hint="Per lot and side. Empty: the broker’s.">
          {(control, own) => <Input {...control} {...own} inputMode="decimal" />}
        </Wired>
        <Wired form={form} name="withSwaps" label="Swaps">
          {(control, own) => (
            <Select {...control} {...own}>
              <option value="yes">Charged each night</option>
              <option value="no">None</option>
            </Select>
          )}
        </Wired>
        <Wired form={form} name="latencyMs" label="Latency" hint="How long an order is on its way.">
          {(control, own) => <Input {...control} {...own} inputMode="numeric" unit="ms" />}
        </Wired>
      </div>
    </Card>
  )
}

interface WiredProps {
  form: UseFormReturn<SetupDraft>
  name: SetupName
  label: string
  hint?: ReactNode
  aside?: ReactNode
  className?: string
  children: (control: ControlProps, own: ReturnType<UseFormReturn<SetupDraft>['register']>) => ReactNode
}

function Wired({ form, name, label, hint, aside, className = '', children }: WiredProps) {
  const rule = RULES[name]
  const own = form.register(name, rule ? { validate: (text, all) => rule(text, all) } : {})
  return (
    <Field
      label={label}
      hint={hint}
      aside={aside}
      className={className}
      error={form.formState.errors[name]?.message}
    >
      {control => children(control, own)}
    </Field>
  )
}
