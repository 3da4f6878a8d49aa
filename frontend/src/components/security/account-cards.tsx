import { useQuery } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { toast } from 'sonner'
import { goToProvider } from '@/api/door'
import { sentenceOf } from '@/api/problem'
import { session } from '@/api/queries'
import { linkedAccounts, ownPassword, unlink } from '@/api/security'
import { useSecurityVerb } from '@/components/security/verbs'
import { providerError } from '@/components/security/words'
import { useMe } from '@/components/session'
import { EmailChangeDialog } from '@/forms/email-change'
import { PasswordChangeDialog } from '@/forms/password-change'
import { RefusalNote } from '@/forms/refusal'
import { FILED } from '@/forms/session-steps'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

/** Address and password. */
export function AccountCard() {
  const me = useMe()
  const { data: info } = useQuery(session())
  const { data: hasPassword = true } = useQuery(ownPassword())
  const [open, setOpen] = useState<'email' | 'password' | null>(null)
  const close = () => setOpen(null)
  return (
    <Card title="Email and password">
      <dl className="divide-y divide-line">
        <Row name="Email" value={me.email}>
          <Button size="sm" aria-label="Change email" onClick={() => setOpen('email')}>
            Change
          </Button>
        </Row>
        <Row name="Password" value={hasPassword ? 'Set' : 'None: you sign in another way'}>
          <Button
            size="sm"
            aria-label={hasPassword ? 'Change password' : 'Set a password'}
            onClick={() => setOpen('password')}
          >
            {hasPassword ? 'Change' : 'Set one'}
          </Button>
        </Row>
      </dl>
      {open === 'email' && (
        <EmailChangeDialog hint={info?.sendsMail ? 'It may take a minute.' : FILED} onClose={close} />
      )}
      {open === 'password' && <PasswordChangeDialog hasPassword={hasPassword} onClose={close} />}
    </Card>
  )
}

function Row({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
      <dt className="w-20 shrink-0 text-muted text-sm">{name}</dt>
      <dd className="min-w-0 flex-1 truncate text-ink text-sm">{value}</dd>
      <dd>{children}</dd>
    </div>
  )
}

/** The sign-in at the installation's provider, where it has one. */
export function ProviderCard() {
  const { data: info } = useQuery(session())
  if (!info?.providerName) return null
  return <LinkCard name={info.providerName} />
}

function LinkCard({ name }: { name: string }) {
  const [query] = useSearchParams()
  const { data: linked = [] } = useQuery(linkedAccounts())
  const linking = useSecurityVerb(() => goToProvider('connect'))
  const unlinking = useSecurityVerb(unlink)
  const [first] = linked
  const error = linking.error ?? unlinking.error
  return (
    <Card
      title={name}
      actions={
        first ? (
          <Button
            size="sm"
            isBusy={unlinking.isPending}
            onClick={() => unlinking.mutate(first, { onSuccess: () => toast.success('Unlinked') })}
          >
            Unlink
          </Button>
        ) : (
          <Button size="sm" isBusy={linking.isPending} onClick={() => linking.mutate()}>
            Link
          </Button>
        )
      }
    >
      <p className="flex items-start gap-3 text-muted text-sm">
        <Link2 aria-hidden className="mt-0.5 size-4 shrink-0" />
        {first ? `You sign in there as ${first.display}.` : 'Sign in there instead of by a password.'}
      </p>
      <RefusalNote text={error ? sentenceOf(error) : providerError(query.get('error'))} />
    </Card>
  )
}
