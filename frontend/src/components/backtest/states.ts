import { Ban, CircleAlert, CircleCheck, Clock, LoaderCircle } from 'lucide-react'
import type { BacktestState } from '@/api/backtests'
import type { Look } from '@/components/states'

export const BACKTEST_STATES: Record<BacktestState, Look> = {
  queued: { label: 'Waiting', tone: 'neutral', icon: Clock, says: 'It begins as soon as there is a place.' },
  running: { label: 'Running', tone: 'accent', icon: LoaderCircle, says: 'It is being tested now.' },
  done: { label: 'Done', tone: 'profit', icon: CircleCheck, says: 'Its report is there.' },
  failed: { label: 'Failed', tone: 'loss', icon: CircleAlert, says: 'Nothing came of it; it says why.' },
  cancelled: { label: 'Cancelled', tone: 'neutral', icon: Ban, says: 'Somebody ended it.' },
}
