import { Link, useLocation } from 'react-router'
import { Door } from '@/components/door'
import { useDoorStep } from '@/components/door-step'
import { SignUpForm } from '@/forms/session-sign-up'
import { FactorForm, VerifyForm } from '@/forms/session-steps'

export default function SignUpPage() {
  const step = useDoorStep()
  const { search } = useLocation()
  const isVerifying = step?.at === 'verify'
  return (
    <Door
      title={isVerifying ? 'Confirm your email' : 'Create your account'}
      lead={
        isVerifying
          ? 'We have sent you a mail. Type its code here.'
          : 'Start with paper money. No card, no broker.'
      }
      foot={
        <>
          You have one?{' '}
          <Link to={`/sign-in${search}`} className="rounded font-medium text-accent hover:underline">
            Sign in
          </Link>
        </>
      }
    >
      {info => {
        if (isVerifying) return <VerifyForm sendsMail={info.sendsMail} />
        if (step?.at === 'factor') return <FactorForm types={step.types} />
        return <SignUpForm />
      }}
    </Door>
  )
}
