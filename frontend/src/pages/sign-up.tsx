import { Link, useNavigate } from 'react-router'
import { Door } from '@/components/door'
import { SignUpForm } from '@/forms/session-sign-up'

export default function SignUpPage() {
  const navigate = useNavigate()
  return (
    <Door
      title="Create your account"
      lead="Start with paper money. No card, no broker."
      foot={
        <>
          You have one?{' '}
          <Link to="/sign-in" className="rounded font-medium text-accent hover:underline">
            Sign in
          </Link>
        </>
      }
    >
      {() => <SignUpForm onDone={() => void navigate('/', { replace: true })} />}
    </Door>
  )
}
