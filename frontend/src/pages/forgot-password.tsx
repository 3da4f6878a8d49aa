import { Link, useNavigate } from 'react-router'
import { Door } from '@/components/door'
import { useDoorStep } from '@/components/door-step'
import { ResetForm, ResetRequestForm } from '@/forms/session-reset'

export default function ForgotPasswordPage() {
  const step = useDoorStep()
  const navigate = useNavigate()
  const done = () => void navigate('/sign-in', { replace: true, state: { hasReset: true } })
  return (
    <Door
      title="Choose a new password"
      lead="A code by mail proves that it is you."
      foot={
        <Link to="/sign-in" className="rounded font-medium text-accent hover:underline">
          Back to signing in
        </Link>
      }
    >
      {info =>
        step?.at === 'reset' ? <ResetForm sendsMail={info.sendsMail} onDone={done} /> : <ResetRequestForm />
      }
    </Door>
  )
}
