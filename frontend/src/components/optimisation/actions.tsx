import { Ban, Repeat2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { isSearching, type Optimisation } from '@/api/optimisations'
import { searchAgainLink } from '@/components/optimisation/links'
import { useMe } from '@/components/session'
import { OptimisationCancelDialog, OptimisationDeleteDialog } from '@/forms/optimisation-act'
import { Button } from '@/ui/button'

/** What can be done with one: end it, ask for it again, delete it. */
export function OptimisationActions({ row }: { row: Optimisation }) {
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'cancel' | 'delete' | null>(null)
  const close = () => setAsked(null)
  const why = whyNot(canTenant('optimise', null, useMe()))
  return (
    <>
      {isSearching(row) && (
        <Button disabledReason={why} onClick={() => setAsked('cancel')}>
          <Ban /> Cancel
        </Button>
      )}
      <Button asChild>
        <Link to={searchAgainLink(row)}>
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
      <OptimisationCancelDialog row={row} isOpen={asked === 'cancel'} onClose={close} />
      <OptimisationDeleteDialog
        row={row}
        isOpen={asked === 'delete'}
        onClose={close}
        onDeleted={() => void navigate('/optimisations', { replace: true })}
      />
    </>
  )
}
