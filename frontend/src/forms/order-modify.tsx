import { useForm } from 'react-hook-form'
import { sentenceOf } from '@/api/problem'
import type { Position } from '@/api/records'
import { DeliveryNote } from '@/components/command/delivery-note'
import { useAskTerminal } from '@/components/command/send'
import { signedMoney } from '@/format/money'
import { price } from '@/format/price'
import { lots } from '@/format/volume'
import type { PositionActProps } from '@/forms/order-close'
import { levelFault, modifyPayload, outcomeAt, readNumber, sidesFault } from '@/forms/orders'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function OrderModifyDialog(props: PositionActProps) {
  const { position, isOpen, onClose } = props
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Stop and target of ${position.symbol} #${position.ticket}`}
      description={`${position.side === 'buy' ? 'Bought' : 'Sold'} ${lots(position.volume)} at ${price(position.openPrice, props.digits)}, now ${price(position.currentPrice, props.digits)}.`}
    >
      <ModifyForm {...props} />
    </Dialog>
  )
}

const shown = (level: number | null) => (level === null ? '' : String(level))

function ModifyForm({ account, position, onClose }: PositionActProps) {
  const verb = useAskTerminal(account)
  const form = useForm({
    defaultValues: {
      stopLoss: shown(position.stopLoss),
      takeProfit: shown(position.takeProfit),
    },
  })
  const { errors, isDirty } = form.formState
  const [stopLoss, takeProfit] = form.watch(['stopLoss', 'takeProfit'])
  const submit = form.handleSubmit(values => {
    const payload = modifyPayload(position, values.stopLoss, values.takeProfit)
    verb.mutate({ type: 'MODIFY', payload }, { onSuccess: onClose })
  })
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Stop-loss"
          error={errors.stopLoss?.message}
          hint={outcome(position, stopLoss, account.currency)}
        >
          {control => (
            <Input
              {...control}
              {...form.register('stopLoss', { validate: levelFault })}
              inputMode="decimal"
              placeholder="none"
            />
          )}
        </Field>
        <Field
          label="Target"
          error={errors.takeProfit?.message}
          hint={outcome(position, takeProfit, account.currency)}
        >
          {control => (
            <Input
              {...control}
              {...form.register('takeProfit', {
                validate: (text, all) => {
                  const own = levelFault(text)
                  return own === true ? sidesFault(position.side, all.stopLoss, text) : own
                },
              })}
              inputMode="decimal"
              placeholder="none"
            />
          )}
        </Field>
      </div>
      <p className="mt-3 text-muted text-sm">
        {stopLoss.trim() === ''
          ? 'Without a stop-loss nothing limits what this position may lose.'
          : 'An empty field takes the level away.'}
      </p>
      <DeliveryNote account={account} />
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={isDirty ? undefined : 'Nothing is changed yet.'}
        >
          Send to the terminal
        </Button>
      </DialogActions>
    </form>
  )
}

function outcome(position: Position, text: string, currency: string): string {
  const level = readNumber(text)
  if (!level) return 'None.'
  const made = outcomeAt(position, level)
  return made === null ? '' : `About ${signedMoney(made, currency)} there, without swap.`
}
