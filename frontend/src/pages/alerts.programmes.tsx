import { useQuery } from '@tanstack/react-query'
import { Copy, Pencil, Plus, Scale, Trash2, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import { type Programme, programmes, type ShippedProgramme, shippedProgrammes } from '@/api/programmes'
import { Loaded } from '@/components/loaded'
import { MemberList } from '@/components/programme/member-list'
import { TermsView } from '@/components/programme/terms-view'
import { useMe } from '@/components/session'
import { ProgrammeAssignDialog } from '@/forms/programme-assign'
import { ProgrammeDialog } from '@/forms/programme-edit'
import { ProgrammeRemoveDialog } from '@/forms/programme-remove'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function ProgrammesPage() {
  const reason = whyNot(canWith('admin', useMe()))
  const [isMaking, setMaking] = useState(false)
  return (
    <div className="space-y-6">
      <section aria-labelledby="own-programmes" className="space-y-4">
        <header className="flex flex-wrap items-center gap-3">
          <h2 id="own-programmes" className="font-semibold text-ink text-sm">
            Your programmes
          </h2>
          <Button
            className="ml-auto"
            variant="primary"
            size="sm"
            disabledReason={reason}
            onClick={() => setMaking(true)}
          >
            <Plus /> Make a programme
          </Button>
        </header>
        <Loaded query={useQuery(programmes())}>
          {rows =>
            rows.length === 0 ? (
              <Card>
                <EmptyState icon={Scale} title="No programme yet">
                  Copy one of those below, or make your own. Then put accounts in: from that moment on their
                  limits are watched on open equity.
                </EmptyState>
              </Card>
            ) : (
              rows.map(row => <OwnCard key={row.id} row={row} reason={reason} />)
            )
          }
        </Loaded>
      </section>
      <section aria-labelledby="shipped-programmes" className="space-y-3">
        <h2 id="shipped-programmes" className="font-semibold text-ink text-sm">
          To copy
        </h2>
        <p className="text-muted text-sm">
          Terms as firms of these kinds commonly publish them. Your firm’s own page is what counts, and it
          changes: compare before you trust.
        </p>
        <Loaded query={useQuery(shippedProgrammes())}>
          {rows => (
            <div className="grid gap-4 lg:grid-cols-2 2xl:grid-cols-3">
              {rows.map(row => (
                <ShippedCard key={row.key} row={row} reason={reason} />
              ))}
            </div>
          )}
        </Loaded>
      </section>
      <ProgrammeDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </div>
  )
}

function ShippedCard({ row, reason }: { row: ShippedProgramme; reason: string | undefined }) {
  const [isCopying, setCopying] = useState(false)
  return (
    <Card
      title={row.terms.firm}
      hint={row.terms.name}
      actions={
        <Button
          size="sm"
          aria-label={`Copy ${row.terms.firm}`}
          disabledReason={reason}
          onClick={() => setCopying(true)}
        >
          <Copy /> Copy
        </Button>
      }
    >
      <TermsView terms={row.terms} />
      <ProgrammeDialog copied={row} isOpen={isCopying} onClose={() => setCopying(false)} />
    </Card>
  )
}

function OwnCard({ row, reason }: { row: Programme; reason: string | undefined }) {
  const [open, setOpen] = useState<'edit' | 'assign' | 'remove' | null>(null)
  const putting = whyNot(canWith('deploy', useMe()))
  const close = () => setOpen(null)
  const { firm, name } = row.terms
  return (
    <Card
      title={`${firm} · ${name}`}
      hint={row.accounts === 1 ? '1 account' : `${row.accounts} accounts`}
      actions={
        <>
          <Button size="sm" disabledReason={putting} onClick={() => setOpen('assign')}>
            <UserPlus /> Put accounts in
          </Button>
          <Button
            size="sm"
            aria-label={`Change ${name}`}
            disabledReason={reason}
            onClick={() => setOpen('edit')}
          >
            <Pencil />
          </Button>
          <Button
            size="sm"
            aria-label={`Remove ${name}`}
            disabledReason={reason ?? (row.accounts ? 'Take its accounts out first.' : undefined)}
            onClick={() => setOpen('remove')}
          >
            <Trash2 />
          </Button>
        </>
      }
    >
      <div className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
        <TermsView terms={row.terms} />
        <div>
          <h3 className="mb-1 font-medium text-faint text-xs">Accounts, the nearest to a breach first</h3>
          <MemberList programme={row} />
        </div>
      </div>
      <ProgrammeAssignDialog programme={row} isOpen={open === 'assign'} onClose={close} />
      <ProgrammeDialog programme={row} isOpen={open === 'edit'} onClose={close} />
      <ProgrammeRemoveDialog programme={row} isOpen={open === 'remove'} onClose={close} />
    </Card>
  )
}
