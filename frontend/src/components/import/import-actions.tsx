import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Check, NotebookText, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { toast } from 'sonner'
import { canTenant, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { Import } from '@/api/terminal-records'
import { confirmImport, dropImport } from '@/api/terminal-verbs'
import { forgetImports } from '@/components/import/forget'
import { useMe } from '@/components/session'
import { count } from '@/format/volume'
import { ImportUndoDialog } from '@/forms/import-undo'
import { Button } from '@/ui/button'

/** What can be done next: record the preview or drop it; take a done one back. */
export function ImportActions({ found }: { found: Import }) {
  if (found.state === 'previewed') return <Decide found={found} />
  if (found.state === 'done') return <Done found={found} />
  return null
}

function Decide({ found }: { found: Import }) {
  const me = useMe()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const why = whyNot(canTenant('connectAccount', null, me))
  const confirm = useMutation({
    mutationFn: () => confirmImport(found.id),
    onSuccess: done => {
      cache.setQueryData(['imports', 'one', found.id], done)
      forgetImports(cache, found.accountId)
      toast.success(`${count(done.new)} ${done.new === 1 ? 'deal is' : 'deals are'} recorded`, {
        description: found.fileName,
      })
    },
    onError: error => toast.error(sentenceOf(error)),
  })
  const drop = useMutation({
    mutationFn: () => dropImport(found.id),
    onSuccess: async () => {
      await navigate('/imports', { replace: true })
      cache.removeQueries({ queryKey: ['imports', 'one', found.id] })
      void cache.invalidateQueries({ queryKey: ['imports', 'list'] })
    },
    onError: error => toast.error(sentenceOf(error)),
  })
  return (
    <>
      <Button isBusy={drop.isPending} disabledReason={why} onClick={() => drop.mutate()}>
        Drop this preview
      </Button>
      <Button
        variant="primary"
        isBusy={confirm.isPending}
        disabledReason={
          why ?? (found.new === 0 ? 'Nothing in it is new: there is nothing to record.' : undefined)
        }
        onClick={() => confirm.mutate()}
      >
        <Check /> Record {count(found.new)} {found.new === 1 ? 'deal' : 'deals'}
      </Button>
    </>
  )
}

function Done({ found }: { found: Import }) {
  const me = useMe()
  const [isUndoing, setUndoing] = useState(false)
  return (
    <>
      <Button disabledReason={whyNot(canTenant('connectAccount', null, me))} onClick={() => setUndoing(true)}>
        <Undo2 /> Undo
      </Button>
      <Button asChild variant="primary">
        <Link to={`/journal?account=${found.accountId}`}>
          <NotebookText /> Open the journal
        </Link>
      </Button>
      <ImportUndoDialog found={found} isOpen={isUndoing} onClose={() => setUndoing(false)} />
    </>
  )
}
