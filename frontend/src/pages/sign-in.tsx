import { Link, useLocation } from 'react-router'
import type { Step } from '@/api/door'
import type { SessionInfo } from '@/api/records'
import { Door } from '@/components/door'
import { useDoorStep } from '@/components/door-step'
import { OtherWays } from '@/forms/session-provider'
import { SignInForm } from '@/forms/session-sign-in'
import { FactorForm, VerifyForm } from '@/forms/session-steps'
import { Callout } from '@/ui/callout'
import { Skeleton } from '@/ui/skeleton'

const WORDS = {
  verify: ['Confirm your email', 'We have sent you a mail. Type its code here.'],
  factor: ['One more step', 'Prove that it is you.'],
  none: ['Sign in', 'Good to have you back.'],
} as const

export default function SignInPage() {
  const step = useDoorStep()
  const [title, lead] = step?.at === 'verify' || step?.at === 'factor' ? WORDS[step.at] : WORDS.none
  const { search } = useLocation()
  return (
    <Door
      title={title}
      lead={lead}
      foot={
        <>
          New here?{' '}
          <Link to={`/sign-up${search}`} className="rounded font-medium text-accent hover:underline">
            Create an account
          </Link>
        </>
      }
    >
      {info => (step ? <SignInStep step={step} info={info} /> : <Skeleton className="h-64" />)}
    </Door>
  )
}

function SignInStep({ step, info }: { step: Step; info: SessionInfo }) {
  const { hasReset } = (useLocation().state ?? {}) as { hasReset?: boolean }
  if (step.at === 'verify') return <VerifyForm sendsMail={info.sendsMail} />
  if (step.at === 'factor') return <FactorForm types={step.types} />
  const { demoEmail, demoPassword } = info
  const demo = demoEmail && demoPassword ? { email: demoEmail, password: demoPassword } : null
  return (
    <>
      {hasReset && <Callout className="mb-5">Your new password is set. Sign in with it.</Callout>}
      {demo && !hasReset && (
        <Callout className="mb-5">This server has a demo. Its sign-in is filled in already.</Callout>
      )}
      <SignInForm key={demo?.email} demo={hasReset ? null : demo} />
      <OtherWays providerName={info.providerName} />
    </>
  )
}
