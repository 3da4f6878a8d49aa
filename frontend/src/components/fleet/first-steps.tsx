import { ArrowRight, Boxes, Check, type LucideIcon, Rocket, Wallet } from 'lucide-react'
import { Link } from 'react-router'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'

interface Step {
  icon: LucideIcon
  title: string
  text: string
  to: string
  act: string
}

const STEPS: readonly Step[] = [
  {
    icon: Wallet,
    title: 'Connect a paper account',
    text: 'Play money at real prices. Opening one takes ten seconds; you can connect one you have, too.',
    to: '/accounts?new=open',
    act: 'Open a paper account',
  },
  {
    icon: Boxes,
    title: 'Pick an EA',
    text: 'Each says how it trades, what it risks and which inputs it takes.',
    to: '/catalogue',
    act: 'Open the catalogue',
  },
  {
    icon: Rocket,
    title: 'Watch it run',
    text: 'It runs on our side, day and night. Prices, positions and every trade arrive here live.',
    to: '/deploy',
    act: 'Deploy it',
  },
]

/** What a new tenant sees instead of an empty table. */
export function FirstSteps({ hasAccount }: { hasAccount: boolean }) {
  const current = hasAccount ? 1 : 0
  return (
    <section aria-label="First steps" className="rounded-xl border border-line bg-surface p-6 lg:p-8">
      <h2 className="font-semibold text-ink text-lg tracking-tight">Three steps to your first trade</h2>
      <p className="mt-1 text-muted text-sm">
        No broker and no card needed: everything below is paper money.
      </p>
      <ol className="mt-6 grid gap-4 lg:grid-cols-3">
        {STEPS.map((step, index) => (
          <StepCard key={step.title} step={step} number={index + 1} place={Math.sign(index - current)} />
        ))}
      </ol>
    </section>
  )
}

/** `place`: -1 done, 0 the one to do now, 1 to come. */
function StepCard({ step, number, place }: { step: Step; number: number; place: number }) {
  const Icon = place < 0 ? Check : step.icon
  return (
    <li
      aria-current={place === 0 ? 'step' : undefined}
      className={cx(
        'flex flex-col rounded-xl border border-line p-5',
        place === 0 ? 'border-accent/60 bg-accent-soft/60' : 'bg-canvas',
      )}
    >
      <span
        className={cx(
          'grid size-9 place-items-center rounded-lg',
          place < 0
            ? 'bg-profit-soft text-profit'
            : place === 0
              ? 'bg-accent-strong text-accent-ink'
              : 'bg-hover text-faint',
        )}
      >
        <Icon aria-hidden className="size-4.5" />
      </span>
      <h3 className="mt-4 font-semibold text-ink text-sm">
        {number}. {step.title}
      </h3>
      <p className="mt-1 mb-5 text-muted text-sm">{place < 0 ? 'Done.' : step.text}</p>
      {place >= 0 && (
        <Button asChild variant={place === 0 ? 'primary' : 'ghost'} className="mt-auto self-start">
          <Link to={step.to}>
            {step.act} <ArrowRight />
          </Link>
        </Button>
      )}
    </li>
  )
}
