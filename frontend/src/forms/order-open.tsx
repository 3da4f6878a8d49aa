import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useForm } from 'react-hook-form'
import { symbols } from '@/api/queries'
import type { Account, SymbolSpec } from '@/api/records'
import { OrderReview } from '@/forms/order-review'
import { levelFault, type OrderDraft, type Side, sidesFault, sizesOf, volumeFault } from '@/forms/orders'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { Segmented } from '@/ui/segmented'

interface Props {
  account: Account
  isOpen: boolean
  onClose: () => void
}

export function OrderOpenDialog(props: Props) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={`New order on ${props.account.label}`}>
      <OrderOpen {...props} />
    </Dialog>
  )
}

const START: OrderDraft = {
  symbol: '',
  side: 'buy',
  volume: '0.10',
  stopLoss: '',
  takeProfit: '',
  comment: '',
}

/** First what, then a look at what it means, then it is sent. */
function OrderOpen({ account, onClose }: Props) {
  const [draft, setDraft] = useState(START)
  const [isReviewing, setReviewing] = useState(false)
  const known = useQuery(symbols()).data ?? []
  // The paper broker's list says nothing of what another broker trades.
  const specs = account.platform === 'paper' ? known : []
  if (isReviewing) {
    return (
      <OrderReview
        account={account}
        draft={draft}
        spec={specs.find(row => row.name === draft.symbol)}
        onBack={() => setReviewing(false)}
        onDone={onClose}
      />
    )
  }
  return (
    <DraftForm
      draft={draft}
      specs={specs}
      onDone={next => {
        setDraft(next)
        setReviewing(true)
      }}
    />
  )
}

const SIDES = [
  { value: 'buy' as Side, label: 'Buy' },
  { value: 'sell' as Side, label: 'Sell' },
]

interface DraftProps {
  draft: OrderDraft
  specs: readonly SymbolSpec[]
  onDone: (draft: OrderDraft) => void
}

function DraftForm({ draft, specs, onDone }: DraftProps) {
  const list = useId()
  const form = useForm<OrderDraft>({ defaultValues: draft })
  const { errors } = form.formState
  const [side, symbol] = form.watch(['side', 'symbol'])
  const spec = specs.find(row => row.name === symbol.trim())
  const sizes = sizesOf(spec)
  const isTraded = (name: string) =>
    specs.length === 0 ||
    specs.some(row => row.name === name.trim()) ||
    `This broker does not trade ${name}. It trades ${specs.map(row => row.name).join(', ')}.`
  return (
    <form noValidate onSubmit={event => void form.handleSubmit(onDone)(event)} className="space-y-4">
      <div className="grid grid-cols-[1fr_auto] items-start gap-3">
        <Field label="Symbol" error={errors.symbol?.message}>
          {control => (
            <>
              <Input
                {...control}
                {...form.register('symbol', { required: 'Name the symbol.', validate: isTraded })}
                list={list}
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                placeholder={specs[0]?.name ?? 'As the broker writes it'}
              />
              <datalist id={list}>
                {specs.map(row => (
                  <option key={row.name} value={row.name}>
                    {row.description}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        <div>
          <p className="mb-1.5 font-medium text-ink text-sm">Side</p>
          <Segmented
            label="Side"
            options={SIDES}
            value={side}
            onChange={next => form.setValue('side', next, { shouldDirty: true })}
          />
        </div>
      </div>
      <Field label="Volume" error={errors.volume?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('volume', { validate: text => volumeFault(text, sizes) })}
            inputMode="decimal"
            unit="lots"
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Stop-loss" aside="price" error={errors.stopLoss?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('stopLoss', { validate: levelFault })}
              inputMode="decimal"
              placeholder="none"
            />
          )}
        </Field>
        <Field label="Target" aside="price" error={errors.takeProfit?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('takeProfit', {
                validate: (text, all) => {
                  const own = levelFault(text)
                  return own === true ? sidesFault(all.side, all.stopLoss, text) : own
                },
              })}
              inputMode="decimal"
              placeholder="none"
            />
          )}
        </Field>
      </div>
      <Field label="Comment" aside="optional" error={errors.comment?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('comment', {
              // The terminal marks the order with the command's id; brokers keep 31 characters of both.
              maxLength: {
                value: 14,
                message: 'At most 14 characters: brokers keep no more beside our mark.',
              },
            })}
            autoComplete="off"
          />
        )}
      </Field>
      <DialogActions>
        <Button type="submit" variant="primary">
          Review
        </Button>
      </DialogActions>
    </form>
  )
}
