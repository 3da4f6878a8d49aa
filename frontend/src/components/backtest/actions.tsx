import { Ban, Repeat2, Rocket, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { type Backtest, isUnderWay } from '@/api/backtests'
import { canTenant, whyNot } from '@/api/can'
import { againLink, deployLink } from '@/components/backtest/links'
import { useMe } from '@/components/session'
import { BacktestCancelDialog, BacktestDeleteDialog } from '@/forms/backtest-act'
import { Button } from '@/ui/button'

/** What can be done with one: end it, run it again, deploy what was tested, delete it. */
export function BacktestActions({ row }: { row: Backtest }) {
  const me = useMe()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'cancel' | 'delete' | null>(null)
  const close = () => setAsked(null)
  const why = whyNot(canTenant('backtest', null, me))
  return (
    <>
      {isUnderWay(row) && (
        <Button disabledReason={why} onClick={() => setAsked('cancel')}>
          <Ban /> Cancel
        </Button>
      )}
      <Button asChild>
        <Link to={againLink(row)}>
          <Repeat2 /> Change and run again
        </Link>
      </Button>
      <Button
        size="icon"
        className="size-9"
        aria-label="Delete"
        disabledReason={why}
        onClick={() => setAsked('delete')}
      >
        <Trash2 />
      </Button>
      {row.state === 'done' && <Deploy row={row} />}
      <BacktestCancelDialog row={row} isOpen={asked === 'cancel'} onClose={close} />
      <BacktestDeleteDialog
        row={row}
        isOpen={asked === 'delete'}
        onClose={close}
        onDeleted={() => void navigate('/backtests', { replace: true })}
      />
    </>
  )
}

function Deploy({ row }: { row: Backtest }) {
  const why = whyNot(canTenant('deploy', null, useMe()))
  const words = (
    <>
      <Rocket /> Deploy with these inputs
    </>
  )
  if (why) {
    return (
      <Button variant="primary" disabledReason={why}>
        {words}
      </Button>
    )
  }
  return (
    <Button asChild variant="primary">
      <Link to={deployLink(row)}>{words}</Link>
    </Button>
  )
}
