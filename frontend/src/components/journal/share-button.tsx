import { useQuery } from '@tanstack/react-query'
import { Share2 } from 'lucide-react'
import { useState } from 'react'
import { accounts } from '@/api/queries'
import type { JournalChoice } from '@/components/journal/filters'
import { ShareDialog } from '@/components/journal/share-dialog'
import { Button } from '@/ui/button'

/** A public page of one account: of the one that the journal is narrowed to, or of one to choose. */
export function ShareButton({ choice }: { choice: Pick<JournalChoice, 'account'> }) {
  const [isOpen, setOpen] = useState(false)
  const rows = useQuery(accounts()).data ?? []
  const first = rows.find(row => choice.account.includes(row.id)) ?? rows[0]
  return (
    <>
      <Button
        onClick={() => setOpen(true)}
        disabledReason={first ? undefined : 'Connect an account first: a public page shows one.'}
      >
        <Share2 /> Share
      </Button>
      {first && (
        <ShareDialog accounts={rows} first={first.id} isOpen={isOpen} onClose={() => setOpen(false)} />
      )}
    </>
  )
}
