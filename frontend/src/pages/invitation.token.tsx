import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { acceptInvitation, goTo, offeredPlace } from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { session } from '@/api/queries'
import { Loaded } from '@/components/loaded'
import { Logo } from '@/components/logo'
import { Moment } from '@/components/moment'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

export default function InvitationPage() {
  const token = useParams().token ?? ''
  const query = useQuery(offeredPlace(token))
  const accept = useMutation({ mutationFn: () => acceptInvitation(token), onSuccess: () => goTo('/') })
  const next = `?next=${encodeURIComponent(`/invitation/${token}`)}`
  const me = useQuery(session()).data?.me
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-6 p-6">
      <Logo />
      <Loaded query={query}>
        {offer => (
          <Card title={`Join ${offer.desk}`}>
            <p className="text-muted text-sm">
              {offer.invitedBy} invites {offer.email} as {offer.role}. The link works once, until{' '}
              <Moment at={offer.expiresAt} />.
            </p>
            <RefusalNote text={accept.error ? sentenceOf(accept.error) : undefined} />
            <div className="mt-4 flex flex-wrap gap-2">
              {me ? (
                <Button variant="primary" isBusy={accept.isPending} onClick={() => accept.mutate()}>
                  Join as {me.email}
                </Button>
              ) : (
                <>
                  <Button asChild variant="primary">
                    <Link to={`/sign-up${next}`}>Create an account to join</Link>
                  </Button>
                  <Button asChild>
                    <Link to={`/sign-in${next}`}>Sign in to join</Link>
                  </Button>
                </>
              )}
            </div>
          </Card>
        )}
      </Loaded>
    </main>
  )
}
