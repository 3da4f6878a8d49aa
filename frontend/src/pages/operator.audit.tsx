import { AuditActions } from '@/components/audit/audit-bar'
import { AuditView } from '@/components/audit/audit-view'

/** The platform's own record: what operators and the vault did. */
export default function OperatorAuditPage() {
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted text-sm">What was done to the platform itself, and by whom.</p>
        <div className="flex flex-wrap gap-2">
          <AuditActions of="platform" />
        </div>
      </div>
      <AuditView of="platform" />
    </>
  )
}
