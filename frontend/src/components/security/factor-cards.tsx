import { useQuery } from '@tanstack/react-query'
import { Fingerprint, LifeBuoy, Plus, Smartphone } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { whyNoPasskeys } from '@/api/passkeys'
import { sentenceOf } from '@/api/problem'
import {
  type Factor,
  factors,
  firstRecoveryCodes,
  newRecoveryCodes,
  removePasskey,
  removeTotp,
} from '@/api/security'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useConfirmed } from '@/components/security/confirming'
import { RecoveryCodesDialog } from '@/components/security/recovery-codes'
import { useSecurityVerb } from '@/components/security/verbs'
import { instantOf } from '@/components/security/words'
import { PasskeyAddDialog, PasskeyRenameDialog } from '@/forms/passkey-name'
import { TotpAddDialog } from '@/forms/totp-add'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

type Open = 'totp' | 'passkey' | null

/** The second factors: app, passkeys, and the codes for when both are gone. */
export function FactorCards() {
  const query = useQuery(factors())
  const confirmed = useConfirmed()
  const [open, setOpen] = useState<Open>(null)
  const [codes, setCodes] = useState<string[]>([])
  const added = async () => {
    setOpen(null)
    toast.success('Added')
    // The first factor brings recovery codes; the hub tells them once.
    const { data } = await query.refetch()
    if (data?.some(factor => factor.type === 'recovery_codes')) setCodes(await confirmed(firstRecoveryCodes))
  }
  return (
    <>
      <Loaded query={query}>
        {rows => (
          <>
            <TotpCard factor={rows.find(row => row.type === 'totp')} onAdd={() => setOpen('totp')} />
            <PasskeysCard
              rows={rows.filter(row => row.type === 'webauthn')}
              onAdd={() => setOpen('passkey')}
            />
            <RecoveryCard factor={rows.find(row => row.type === 'recovery_codes')} onCodes={setCodes} />
          </>
        )}
      </Loaded>
      {open === 'totp' && <TotpAddDialog onClose={() => setOpen(null)} onDone={() => void added()} />}
      {open === 'passkey' && <PasskeyAddDialog onClose={() => setOpen(null)} onDone={() => void added()} />}
      {codes.length > 0 && <RecoveryCodesDialog codes={codes} onClose={() => setCodes([])} />}
    </>
  )
}

function TotpCard({ factor, onAdd }: { factor: Factor | undefined; onAdd: () => void }) {
  const removing = useSecurityVerb(removeTotp)
  const remove = () =>
    removing.mutate(undefined, {
      onSuccess: () => toast.success('Removed'),
      onError: error => toast.error(sentenceOf(error)),
    })
  return (
    <Card
      title="Authenticator app"
      actions={
        factor ? (
          <Button size="sm" isBusy={removing.isPending} onClick={remove}>
            Remove
          </Button>
        ) : (
          <Button size="sm" onClick={onAdd}>
            <Plus /> Set up
          </Button>
        )
      }
    >
      <div className="flex items-start gap-3 text-muted text-sm">
        <Smartphone aria-hidden className="mt-0.5 size-4 shrink-0" />
        {factor ? (
          <p>
            <Badge tone="profit">On</Badge> since <Moment at={instantOf(factor.created_at)} />. A code of it
            is asked for beside your password.
          </p>
        ) : (
          <p>A password can be stolen. A code of an app on your phone keeps the thief out.</p>
        )}
      </div>
    </Card>
  )
}

function PasskeysCard({ rows, onAdd }: { rows: Factor[]; onAdd: () => void }) {
  return (
    <Card
      title="Passkeys"
      actions={
        <Button size="sm" disabledReason={whyNoPasskeys()} onClick={onAdd}>
          <Plus /> Add a passkey
        </Button>
      }
    >
      {rows.length === 0 ? (
        <div className="flex items-start gap-3 text-muted text-sm">
          <Fingerprint aria-hidden className="mt-0.5 size-4 shrink-0" />
          <p>Sign in by fingerprint, face or security key, without a password. It cannot be phished.</p>
        </div>
      ) : (
        <ul className="divide-y divide-line">
          {rows.map(row => (
            <PasskeyRow key={row.id} row={row} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function PasskeyRow({ row }: { row: Factor }) {
  const [isRenaming, setRenaming] = useState(false)
  const removing = useSecurityVerb(() => removePasskey(row.id ?? 0))
  const name = row.name ?? 'Passkey'
  const remove = () =>
    removing.mutate(undefined, {
      onSuccess: () => toast.success('Removed'),
      onError: error => toast.error(sentenceOf(error)),
    })
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-ink text-sm">{name}</p>
        <p className="text-faint text-xs">
          Added <Moment at={instantOf(row.created_at)} /> ·{' '}
          {row.last_used_at ? (
            <>
              last used <Moment at={instantOf(row.last_used_at)} />
            </>
          ) : (
            'never used'
          )}
        </p>
      </div>
      <Button size="sm" variant="ghost" aria-label={`Rename ${name}`} onClick={() => setRenaming(true)}>
        Rename
      </Button>
      <Button
        size="sm"
        variant="ghost"
        aria-label={`Remove ${name}`}
        isBusy={removing.isPending}
        onClick={remove}
      >
        Remove
      </Button>
      {isRenaming && <PasskeyRenameDialog id={row.id ?? 0} name={name} onClose={() => setRenaming(false)} />}
    </li>
  )
}

function RecoveryCard({
  factor,
  onCodes,
}: {
  factor: Factor | undefined
  onCodes: (codes: string[]) => void
}) {
  const making = useSecurityVerb(newRecoveryCodes)
  const make = () =>
    making.mutate(undefined, { onSuccess: onCodes, onError: error => toast.error(sentenceOf(error)) })
  return (
    <Card
      title="Recovery codes"
      actions={
        <Button
          size="sm"
          disabledReason={factor ? undefined : 'They come with your first second factor.'}
          isBusy={making.isPending}
          onClick={make}
        >
          Make new ones
        </Button>
      }
    >
      <div className="flex items-start gap-3 text-muted text-sm">
        <LifeBuoy aria-hidden className="mt-0.5 size-4 shrink-0" />
        <p>
          {factor
            ? `${factor.unused_code_count} of ${factor.total_code_count} are left. New ones make the old ones void.`
            : 'They sign you in when your phone or passkey is gone.'}
        </p>
      </div>
    </Card>
  )
}
