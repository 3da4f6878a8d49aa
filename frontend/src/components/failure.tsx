import { CloudOff, RotateCw, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { ApiError, sentenceOf } from '@/api/problem'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'

interface Props {
  error: unknown
  onRetry?: () => void
  className?: string
}

/** What went wrong, in a sentence, and the ways out. */
export function Failure({ error, onRetry, className }: Props) {
  const isMissing = error instanceof ApiError && error.status === 404
  const request = error instanceof ApiError ? error.problem.instance : ''
  return (
    <div role="alert" className={cx('grid place-items-center', className)}>
      <EmptyState
        icon={isMissing ? SearchX : CloudOff}
        title={isMissing ? 'There is nothing here' : 'This could not be loaded'}
        actions={
          <>
            {onRetry && !isMissing && (
              <Button onClick={onRetry}>
                <RotateCw /> Try again
              </Button>
            )}
            <Button asChild variant={isMissing ? 'secondary' : 'ghost'}>
              <Link to="/">Go to the fleet</Link>
            </Button>
          </>
        }
      >
        <p>{sentenceOf(error)}</p>
        {request && <p className="mt-2 font-mono text-faint text-xs">Request {request}</p>}
      </EmptyState>
    </div>
  )
}
