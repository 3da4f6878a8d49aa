import { AuditView } from '@/components/audit/audit-view'
import { ChainStatus } from '@/components/audit/chain-status'

/** The platform's own record: what operators and the vault did. */
export default function OperatorAuditPage() {
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted text-sm">What was done to the platform itself, and by whom.</p>
        <ChainStatus of="platform" />
      </div>
      <AuditView of="platform" />
    </>
  )
}
