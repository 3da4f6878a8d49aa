import { useMutation } from '@tanstack/react-query'
import { Fingerprint, LogIn } from 'lucide-react'
import { useSearchParams } from 'react-router'
import { goToProvider } from '@/api/door'
import { takePasskey, whyNoPasskeys } from '@/api/passkeys'
import { sentenceOf } from '@/api/problem'
import { useDoorVerb } from '@/components/door-step'
import { useNextPlace } from '@/components/next-place'
import { providerError } from '@/components/security/words'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'

/** The ways in without a password. */
export function OtherWays({ providerName }: { providerName: string | null }) {
  const next = useNextPlace()
  const [query] = useSearchParams()
  const passkey = useDoorVerb(() => takePasskey('auth/webauthn/login'))
  const provider = useMutation({ mutationFn: () => goToProvider('login', next) })
  const error = passkey.error ?? provider.error
  const said = error ? sentenceOf(error) : providerError(query.get('error'))
  return (
    <div className="mt-5 space-y-3">
      <p className="flex items-center gap-3 text-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {providerName && (
        <Button size="lg" className="w-full" isBusy={provider.isPending} onClick={() => provider.mutate()}>
          <LogIn /> <span className="truncate">Continue with {providerName}</span>
        </Button>
      )}
      <Button
        size="lg"
        className="w-full"
        disabledReason={whyNoPasskeys()}
        isBusy={passkey.isPending}
        onClick={() => passkey.mutate()}
      >
        <Fingerprint /> Sign in with a passkey
      </Button>
      <RefusalNote text={said} />
    </div>
  )
}
