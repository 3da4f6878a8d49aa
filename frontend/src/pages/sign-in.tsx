import { Link, useNavigate } from 'react-router'
import { Door } from '@/components/door'
import { useNextPlace } from '@/components/next-place'
import { SignInForm } from '@/forms/session-sign-in'
import { Callout } from '@/ui/callout'

export default function SignInPage() {
  const navigate = useNavigate()
  const next = useNextPlace()
  return (
    <Door
      title="Sign in"
      lead="Good to have you back."
      foot={
        <>
          New here?{' '}
          <Link to="/sign-up" className="rounded font-medium text-accent hover:underline">
            Create an account
          </Link>
        </>
      }
    >
      {({ demoEmail, demoPassword }) => {
        const demo = demoEmail && demoPassword ? { email: demoEmail, password: demoPassword } : null
        return (
          <>
            {demo && (
              <Callout className="mb-5">This server has a demo. Its sign-in is filled in already.</Callout>
            )}
            <SignInForm key={demo?.email} demo={demo} onDone={() => void navigate(next, { replace: true })} />
          </>
        )
      }}
    </Door>
  )
}
