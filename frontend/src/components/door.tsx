import { useQuery } from '@tanstack/react-query'
import { Activity, BookCheck, LockKeyhole, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Navigate } from 'react-router'
import { session } from '@/api/queries'
import type { SessionInfo } from '@/api/records'
import { Failure } from '@/components/failure'
import { Logo } from '@/components/logo'
import { useNextPlace } from '@/components/next-place'
import { Skeleton } from '@/ui/skeleton'

const PITCH: readonly { icon: LucideIcon; title: string; text: string }[] = [
  {
    icon: Activity,
    title: 'It runs, and it can prove it',
    text: 'Every deployment ends in a receipt written by the process that trades: login, version, hash, first tick.',
  },
  {
    icon: LockKeyhole,
    title: 'Passwords nobody reads',
    text: 'Sealed under a key of their own, opened only for the one process that needs them.',
  },
  {
    icon: BookCheck,
    title: 'A journal that agrees with the broker',
    text: 'Every deal arrives once, costs included. Totals match the account’s own history to the cent.',
  },
]

interface Props {
  title: string
  lead: string
  foot: ReactNode
  children: (info: SessionInfo) => ReactNode
}

/** The frame of signing in and up: the form, and what one signs up for. Who is in already goes on. */
export function Door({ title, lead, foot, children }: Props) {
  const query = useQuery(session())
  const next = useNextPlace()
  if (query.data?.me) return <Navigate replace to={next} />
  return (
    <div className="grid grid-cols-1 min-h-dvh lg:grid-cols-[1fr_1.1fr]">
      <title>{`${title} · metafleet`}</title>
      <main className="flex flex-col justify-between gap-10 p-6 sm:p-10">
        <Logo />
        <div className="mx-auto w-full max-w-sm">
          <h1 className="font-semibold text-2xl text-ink tracking-tight">{title}</h1>
          <p className="mt-2 mb-7 text-muted">{lead}</p>
          {query.data ? (
            children(query.data)
          ) : query.error ? (
            <Failure error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton className="h-64" />
          )}
          <p className="mt-6 text-center text-muted text-sm">{foot}</p>
        </div>
        <p className="text-center text-faint text-xs lg:text-left">
          Open source, Apache 2.0. Trading can lose money; past results promise nothing.
        </p>
      </main>
      <Pitch />
    </div>
  )
}

function Pitch() {
  return (
    <aside className="relative hidden overflow-hidden border-line border-l bg-surface lg:flex lg:flex-col lg:justify-center">
      <Backdrop />
      <div className="relative mx-auto w-full max-w-md px-8">
        <p className="text-balance font-semibold text-3xl leading-tight tracking-tight">
          Your trading algorithms, running while you sleep.
        </p>
        <p className="mt-3 text-muted">
          Deploy an Expert Advisor in a minute. Watch every price, position and trade.
        </p>
        <ul className="mt-10 space-y-7">
          {PITCH.map(({ icon: Icon, title, text }) => (
            <li key={title} className="flex gap-4">
              <span className="grid size-9 shrink-0 place-items-center rounded-lg border border-line-strong bg-raised text-accent">
                <Icon aria-hidden className="size-4.5" strokeWidth={1.8} />
              </span>
              <div>
                <h2 className="font-semibold text-sm">{title}</h2>
                <p className="mt-0.5 text-muted text-sm">{text}</p>
              </div>
            </li>
          ))}
        </ul>
      </div>
    </aside>
  )
}

function Backdrop() {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 420 800 380"
      preserveAspectRatio="none"
      className="absolute inset-x-0 bottom-0 h-[34%] w-full text-accent opacity-60"
    >
      <defs>
        <linearGradient id="door-fade" x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor="currentColor" stopOpacity="0.16" />
          <stop offset="1" stopColor="currentColor" stopOpacity="0" />
        </linearGradient>
      </defs>
      <path
        d="M0 760l60-18 48 26 66-60 52 22 70-66 56 34 62-82 60 28 74-74 58 40 64-96 60 30 70-72v498H0z"
        fill="url(#door-fade)"
      />
      <path
        d="M0 760l60-18 48 26 66-60 52 22 70-66 56 34 62-82 60 28 74-74 58 40 64-96 60 30 70-72"
        fill="none"
        stroke="currentColor"
        strokeOpacity="0.45"
        strokeWidth="2"
      />
    </svg>
  )
}
