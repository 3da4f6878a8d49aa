import { Link } from 'react-router'
import type { Account } from '@/api/records'
import { UploadForm } from '@/components/import/upload-form'
import { Card } from '@/ui/card'

/** The drop zone of one account; its time zone is the account's. */
export function UploadCard({ account }: { account: Account }) {
  return (
    <Card
      title="Import history"
      actions={
        <Link to={`/imports?account=${account.id}`} className="rounded text-accent text-xs hover:underline">
          Earlier imports
        </Link>
      }
    >
      <UploadForm accountId={account.id} timezone="" />
      <p className="mt-3 text-faint text-xs">
        Times in the file are read as {account.serverTimezone || 'UTC'}; the Imports page lets you say another
        zone.
      </p>
    </Card>
  )
}
