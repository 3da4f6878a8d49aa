import { useQuery } from '@tanstack/react-query'
import { Globe, Plus } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import {
  makeStatusPage,
  revokeStatusPage,
  type StatusPage,
  statusPages,
  useStatusPageVerb,
} from '@/api/status-pages'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { RefusalNote } from '@/forms/refusal'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Dialog, DialogActions } from '@/ui/dialog'
import { EmptyState } from '@/ui/empty-state'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { Switch } from '@/ui/switch'

export default function StatusPagesPage() {
  const reason = whyNot(canWith('admin', useMe()))
  const [isMaking, setMaking] = useState(false)
  const close = () => setMaking(false)
  return (
    <>
      <Card
        title="Status pages"
        hint="How the fleet is, for whoever has the address. Never money."
        bodyClassName="p-0"
        actions={
          <Button variant="primary" size="sm" disabledReason={reason} onClick={() => setMaking(true)}>
            <Plus /> Make a page
          </Button>
        }
      >
        <Loaded query={useQuery(statusPages())}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={Globe} title="No page yet">
                Make one for investors or your team; nobody needs to sign in.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {rows.map(row => (
                  <PageRow key={row.id} row={row} reason={reason} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <Dialog isOpen={isMaking} onClose={close} title="Make a status page">
        <MakeForm onClose={close} />
      </Dialog>
    </>
  )
}

function PageRow({ row, reason }: { row: StatusPage; reason: string | undefined }) {
  const [isAsking, setAsking] = useState(false)
  const revoke = useStatusPageVerb((_: null) => revokeStatusPage(row.id))
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-ink text-sm">
          {row.title}{' '}
          {row.revokedAt ? <Badge tone="loss">Revoked</Badge> : <Badge tone="profit">Public</Badge>}
        </p>
        <p className="text-faint text-xs">
          {row.showsAccounts ? 'Names accounts.' : 'Names no account.'} By {row.createdBy},{' '}
          <Moment at={row.createdAt} />
        </p>
      </div>
      {!row.revokedAt && (
        <Button size="sm" disabledReason={reason} onClick={() => setAsking(true)}>
          Revoke
        </Button>
      )}
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={`Revoke ${row.title}?`}>
        <p className="text-muted text-sm">Whoever has the address sees nothing any more, at once.</p>
        <RefusalNote text={revoke.error ? sentenceOf(revoke.error) : undefined} />
        <DialogActions>
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button
            variant="danger"
            isBusy={revoke.isPending}
            onClick={() => revoke.mutate(null, { onSuccess: () => setAsking(false) })}
          >
            Revoke page
          </Button>
        </DialogActions>
      </Dialog>
    </li>
  )
}

function MakeForm({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState('')
  const [showsAccounts, setShowsAccounts] = useState(false)
  const make = useStatusPageVerb(makeStatusPage)
  if (make.data) {
    return (
      <>
        <Callout tone="warn" title="Copy the address now: it is shown this once.">
          <Copyable text={make.data.url} label="the address" />
        </Callout>
        <DialogActions>
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogActions>
      </>
    )
  }
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        make.mutate({ title, showsAccounts })
      }}
    >
      <Field label="Title" hint="Everybody with the address reads it.">
        {control => (
          <Input
            {...control}
            value={title}
            maxLength={80}
            onChange={({ target }) => setTitle(target.value)}
          />
        )}
      </Field>
      <div className="flex items-center justify-between gap-3 text-ink text-sm">
        Say which accounts are concerned
        <Switch label="Name accounts" isOn={showsAccounts} onChange={setShowsAccounts} />
      </div>
      <RefusalNote text={make.error ? sentenceOf(make.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={make.isPending}
          disabledReason={title.trim() === '' ? 'Give it a title.' : undefined}
        >
          Make page
        </Button>
      </DialogActions>
    </form>
  )
}
