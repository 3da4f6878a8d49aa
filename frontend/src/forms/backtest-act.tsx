import { toast } from 'sonner'
import { type Backtest, cancelBacktest, deleteBacktest, useBacktestVerb } from '@/api/backtests'
import { sentenceOf } from '@/api/problem'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  row: Backtest
  isOpen: boolean
  onClose: () => void
}

export function BacktestCancelDialog({ row, isOpen, onClose }: Props) {
  const verb = useBacktestVerb(() => cancelBacktest(row.id))
  const cancel = () =>
    verb.mutate(undefined, {
      onSuccess: () => {
        toast.success('The backtest is cancelled')
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Cancel this backtest?">
      <Consequences>
        <li>It ends at once; what it has done so far is not kept.</li>
        <li>Its setup stays, so that it can be run again.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Let it run</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={cancel}>
          Cancel it
        </Button>
      </DialogActions>
    </Dialog>
  )
}

export function BacktestDeleteDialog({ row, isOpen, onClose, onDeleted }: Props & { onDeleted: () => void }) {
  const verb = useBacktestVerb(() => deleteBacktest(row.id))
  const remove = () =>
    verb.mutate(undefined, {
      onSuccess: () => {
        toast.success('The backtest is deleted')
        onDeleted()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Delete this backtest?">
      <Consequences>
        <li>Its figures, trades and curves are gone for good. Take the trades along as a file first.</li>
        <li>EAs that were deployed with its inputs go on as they are.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Delete
        </Button>
      </DialogActions>
    </Dialog>
  )
}
