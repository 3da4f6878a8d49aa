import { useId } from 'react'
import { useForm } from 'react-hook-form'
import { placeErrors } from '@/api/problem'
import type { Account } from '@/api/records'
import { serverNow } from '@/api/server-clock'
import { useAskTerminal } from '@/components/command/send'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  account: Account
  /** Symbols that this account trades, offered first. */
  symbols: readonly string[]
  isOpen: boolean
  onClose: () => void
}

const HOUR_MS = 3_600_000
/** Minutes in one answer of a terminal. */
const MOST = 10_000

export function CandlesFetchDialog(props: Props) {
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Fetch candles"
      description="One-minute bars from the account’s own broker. Those of each closed trade come by themselves."
    >
      <CandlesForm {...props} />
    </Dialog>
  )
}

/** An instant as `datetime-local` wants it: in UTC, to the minute. */
const utcMinute = (at: number) => new Date(at).toISOString().slice(0, 16)

function CandlesForm({ account, symbols, onClose }: Props) {
  const list = useId()
  const verb = useAskTerminal(account)
  const now = serverNow()
  const form = useForm({
    defaultValues: { symbol: symbols[0] ?? '', from: utcMinute(now - 24 * HOUR_MS), to: utcMinute(now) },
  })
  const { errors } = form.formState
  const submit = form.handleSubmit(({ symbol, from, to }) =>
    verb.mutate(
      {
        type: 'FETCH_CANDLES',
        payload: { symbol: symbol.trim(), timeframe: '1m', from: `${from}:00Z`, to: `${to}:00Z` },
      },
      {
        onSuccess: onClose,
        onError: error => {
          const { fields, rest } = placeErrors(error, ['symbol', 'from', 'to'], '/payload')
          for (const name of ['symbol', 'from', 'to'] as const) {
            const message = fields[name]
            if (message) form.setError(name, { message })
          }
          if (rest) form.setError('root', { message: rest })
        },
      },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field label="Symbol" error={errors.symbol?.message}>
        {control => (
          <>
            <Input
              {...control}
              {...form.register('symbol', { required: 'Name the symbol.' })}
              list={list}
              autoComplete="off"
              spellCheck={false}
            />
            <datalist id={list}>
              {symbols.map(name => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="From" aside="UTC" error={errors.from?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('from', { required: 'Say from when.' })}
              type="datetime-local"
            />
          )}
        </Field>
        <Field label="To" aside="UTC" error={errors.to?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('to', {
                required: 'Say until when.',
                validate: (to, { from }) => spanFault(from, to),
              })}
              type="datetime-local"
            />
          )}
        </Field>
      </div>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Fetch
        </Button>
      </DialogActions>
    </form>
  )
}

export function spanFault(from: string, to: string): string | true {
  const minutes = (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 60_000
  if (!(minutes > 0)) return 'Later than its beginning.'
  return minutes <= MOST || 'At most 10,000 minutes at once: just under seven days.'
}
