import { useMutation } from '@tanstack/react-query'
import { BadgeCheck, Download, ShieldCheck } from 'lucide-react'
import { auditVerdict, type RecordOf } from '@/api/audit-queries'
import type { AuditVerdict } from '@/api/records'
import { Failure } from '@/components/failure'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Copyable } from '@/ui/copyable'
import { Dialog } from '@/ui/dialog'
import { Facts } from '@/ui/facts'
import { SkeletonRows } from '@/ui/skeleton'

/** Walks the whole record when a person asks, and says what was found. */
export function ChainStatus({ of }: { of: RecordOf }) {
  const asked = useMutation({ mutationFn: () => auditVerdict(of) })
  return (
    <>
      <Button isBusy={asked.isPending} onClick={() => asked.mutate()}>
        <ShieldCheck /> Verify
      </Button>
      <Dialog
        isOpen={!asked.isIdle}
        onClose={asked.reset}
        title="Is the record whole?"
        description="Each entry holds the hash of the one before it: what was changed, removed or moved shows."
      >
        {asked.isPending && <SkeletonRows />}
        {asked.error && <Failure error={asked.error} onRetry={() => asked.mutate()} />}
        {asked.data && <Verdict verdict={asked.data} />}
      </Dialog>
    </>
  )
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  return (
    <>
      {verdict.isWhole ? (
        <p className="flex items-center gap-2 rounded-lg border border-profit/30 bg-profit-soft px-3 py-2.5 font-medium text-profit text-sm">
          <BadgeCheck aria-hidden className="size-4" /> It is whole: every entry is as it was written.
        </p>
      ) : (
        <Callout tone="loss" title="It is not whole. Tell who runs the platform, and keep your exports.">
          <ul className="mt-1 list-disc pl-4">
            {verdict.troubles.map(one => (
              <li key={`${one.kind} ${one.sequence}`}>{one.detail}</li>
            ))}
          </ul>
        </Callout>
      )}
      <Facts
        className="mt-4"
        facts={[
          ['Entries', count(verdict.entries)],
          ['Numbers', verdict.last === 0 ? '—' : `${count(verdict.first)} to ${count(verdict.last)}`],
          ['Signed checkpoints that agree', count(verdict.checkpoints)],
          [
            'Newest hash',
            <Copyable key="hash" label="hash" text={verdict.hash} shown={`${verdict.hash.slice(0, 16)}…`} />,
          ],
        ]}
      />
      <Checkpoint verdict={verdict} />
    </>
  )
}

function Checkpoint({ verdict: { checkpoint } }: { verdict: AuditVerdict }) {
  if (!checkpoint)
    return (
      <p className="mt-4 text-muted text-sm">
        The first checkpoint is signed within a day of the first entry.
      </p>
    )
  const text = JSON.stringify(checkpoint, null, 2)
  return (
    <div className="mt-5">
      <p className="text-muted text-sm">
        The newest signed checkpoint proves the first {count(checkpoint.sequence)} entries. Keep it elsewhere.
      </p>
      <Button asChild className="mt-3 w-full">
        <a
          download={`checkpoint-${checkpoint.sequence}.json`}
          href={`data:application/json;charset=utf-8,${encodeURIComponent(text)}`}
        >
          <Download /> Download the checkpoint
        </a>
      </Button>
    </div>
  )
}
