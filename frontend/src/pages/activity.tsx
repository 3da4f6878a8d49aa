import { AuditActions } from '@/components/audit/audit-bar'
import { AuditView } from '@/components/audit/audit-view'
import { Page } from '@/components/page'

export default function ActivityPage() {
  return (
    <Page
      title="Activity"
      lead="Who did what, newest first. Entries are never changed or removed, and that can be verified."
      actions={<AuditActions of="desk" />}
    >
      <AuditView of="desk" />
    </Page>
  )
}
