import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, use } from 'react'
import { Navigate, useLocation } from 'react-router'
import { session } from '@/api/queries'
import type { Me } from '@/api/records'
import { Failure } from '@/components/failure'
import { ShellSkeleton } from '@/components/shell-skeleton'

const Context = createContext<Me | null>(null)

/** Lets only people in who are signed in; others are shown the door and brought back after. */
export function RequireSession({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery(session())
  const location = useLocation()
  if (data?.me) return <Context value={data.me}>{children}</Context>
  if (data) {
    const next = `${location.pathname}${location.search}`
    return <Navigate replace to={next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`} />
  }
  if (error) return <Failure error={error} onRetry={() => void refetch()} className="min-h-dvh" />
  return <ShellSkeleton />
}

/** Who is signed in. Only under RequireSession. */
export function useMe(): Me {
  const me = use(Context)
  if (!me) throw new Error('useMe outside of RequireSession')
  return me
}
