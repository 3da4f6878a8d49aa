import { useMe } from '@/components/session'

/** For password managers alone: whose password the form is about. */
export function Whose() {
  const { email } = useMe()
  return <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
}
