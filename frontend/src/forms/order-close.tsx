import { useState } from 'react'
import { sentenceOf } from '@/api/problem'
import type { Account, Position, SymbolSpec } from '@/api/records'
import { DeliveryNote } from '@/components/command/delivery-note'
import { useAskTerminal } from '@/components/command/send'
import { lots } from '@/format/volume'
import { canSplit, closePayload, partVolume, type Sizes, sizesOf } from '@/forms/orders'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Profit } from '@/ui/profit'
import { Segmented } from '@/ui/segmented'
import { Slider } from '@/ui/slider'

export interface PositionActProps {
  account: Account
  position: Position
  digits: number
  spec: SymbolSpec | undefined
  isOpen: boolean
  onClose: () => void
}

export function OrderCloseDialog(props: PositionActProps) {
  const { position, isOpen, onClose } = props
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Close ${position.symbol} #${position.ticket}`}>
      <CloseForm {...props} />
    </Dialog>
  )
}

const SHARES = ['0.25', '0.5', '0.75', '1'].map(value => ({
  value,
  label: value === '1' ? 'All' : `${Number(value) * 100} %`,
}))

function CloseForm({ account, position, spec, onClose }: PositionActProps) {
  const sizes = sizesOf(account.platform === 'paper' ? spec : undefined)
  const [volume, setVolume] = useState(position.volume)
  const verb = useAskTerminal(account)
  const share = volume / position.volume
  const rest = Number((position.volume - volume).toFixed(8))
  const send = () =>
    verb.mutate({ type: 'CLOSE', payload: closePayload(position, volume) }, { onSuccess: onClose })
  return (
    <div>
      <div className="rounded-xl border border-line-strong bg-canvas p-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="num font-semibold text-ink text-lg">
            {lots(volume)}{' '}
            <span className="font-normal text-muted text-sm">of {lots(position.volume)} lots</span>
          </p>
          {canSplit(position.volume, sizes) && (
            <Segmented
              label="Part"
              options={SHARES}
              value={
                SHARES.find(row => partVolume(position.volume, Number(row.value), sizes) === volume)?.value ??
                ''
              }
              onChange={value => setVolume(partVolume(position.volume, Number(value), sizes))}
            />
          )}
        </div>
        {canSplit(position.volume, sizes) && (
          <PartSlider total={position.volume} volume={volume} sizes={sizes} onChange={setVolume} />
        )}
      </div>
      <ul className="mt-4 list-disc space-y-1.5 pl-5 text-muted text-sm marker:text-faint">
        <li>
          Closed at the market’s price. Of what floats now, about{' '}
          <Profit value={position.profit * share} currency={account.currency} className="font-medium" />{' '}
          becomes final.
        </li>
        <li>
          {rest > 0
            ? `${lots(rest)} lots stay open, with stop and target as they are.`
            : 'Nothing of it stays open; its stop and target end with it.'}
        </li>
      </ul>
      <DeliveryNote account={account} />
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it open</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={send}>
          {rest > 0 ? `Close ${lots(volume)} lots` : 'Close position'}
        </Button>
      </DialogActions>
    </div>
  )
}

interface SliderProps {
  total: number
  volume: number
  sizes: Sizes
  onChange: (volume: number) => void
}

function PartSlider({ total, volume, sizes, onChange }: SliderProps) {
  return (
    <div className="mt-3">
      <Slider
        label="Volume to close"
        valueText={`${lots(volume)} of ${lots(total)} lots`}
        min={sizes.volumeMin}
        max={total}
        step={sizes.volumeStep}
        value={volume}
        onChange={next => onChange(Number(next.toFixed(8)))}
      />
    </div>
  )
}
