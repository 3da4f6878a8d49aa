import { useQuery } from '@tanstack/react-query'
import { ArrowRight, Check, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { instance } from '@/api/queries'
import type { InstanceDetail } from '@/api/records'
import { type Milestone, milestones, tookSeconds } from '@/components/deploy/progress'
import { ReceiptCard } from '@/components/instance/receipt-card'
import { Loaded } from '@/components/loaded'
import { useNow } from '@/components/now'
import { duration } from '@/format/age'
import { timeOfDay } from '@/format/time'
import { InstanceResumeDialog } from '@/forms/instance-resume'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'

/** Besides the live stream, so that a lost message does not leave anyone waiting. */
const ASK_AGAIN_MS = 700

export function StepLaunch({ id }: { id: string }) {
  const query = useQuery({
    ...instance(id),
    refetchInterval: found => (found.state.data && isUnderWay(found.state.data) ? ASK_AGAIN_MS : false),
  })
  return <Loaded query={query}>{found => <Launch found={found} />}</Loaded>
}

function isUnderWay(found: InstanceDetail): boolean {
  return found.receipt?.generation !== found.generation && found.desiredState !== 'stopped'
}

function Launch({ found }: { found: InstanceDetail }) {
  const took = tookSeconds(found)
  const isDone = !isUnderWay(found) && found.receipt !== null
  return (
    <div>
      <div role="status">
        <h2 className="font-semibold text-ink text-lg tracking-tight">
          {isDone ? `${found.name} is running` : `Deploying ${found.name}…`}
        </h2>
      </div>
      <p className="num mt-1 text-muted text-sm">
        {isDone && took !== null ? (
          `It took ${duration(took)} from your click.`
        ) : (
          <Waiting since={found.createdAt} />
        )}
      </p>
      {found.state === 'error' && <Trouble found={found} />}
      <div className="mt-5 grid grid-cols-1 items-start gap-5 lg:grid-cols-[1fr_1.4fr]">
        <Card>
          <ol className="space-y-5">
            {milestones(found).map(step => (
              <MilestoneRow
                key={step.label}
                step={step}
                isFailed={found.state === 'error' && step.state === 'now'}
              />
            ))}
          </ol>
        </Card>
        {found.receipt && isDone && <ReceiptCard receipt={found.receipt} instanceId={found.id} />}
      </div>
      <div className="mt-6 flex flex-wrap gap-2">
        <Button asChild variant={isDone ? 'primary' : 'secondary'}>
          <Link to={`/instances/${found.id}`}>
            {isDone ? 'Watch it trade' : 'Open its page'} <ArrowRight />
          </Link>
        </Button>
        {isDone && (
          <Button asChild variant="ghost">
            <Link to="/deploy">Deploy another</Link>
          </Button>
        )}
      </div>
    </div>
  )
}

function Waiting({ since }: { since: string }) {
  const seconds = Math.max(0, Math.floor((useNow() - Date.parse(since)) / 1000))
  return `${seconds} s. You may leave: it goes on without this page.`
}

function Trouble({ found }: { found: InstanceDetail }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Callout
      tone="loss"
      title={found.lastError || 'It could not be started.'}
      className="mt-4"
      action={
        <Button size="sm" onClick={() => setOpen(true)}>
          <RotateCw /> Try again
        </Button>
      }
    >
      {found.statusText}
      {found.nextAttemptAt && ` Tried again at ${timeOfDay(new Date(found.nextAttemptAt))}.`}
      <InstanceResumeDialog instance={found} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Callout>
  )
}

function MilestoneRow({ step, isFailed }: { step: Milestone; isFailed: boolean }) {
  const isNow = step.state === 'now' && !isFailed
  return (
    <li aria-current={isNow ? 'step' : undefined} className="flex gap-3">
      <span
        className={cx(
          'mt-0.5 grid size-6 shrink-0 place-items-center rounded-full border',
          step.state === 'done' && 'border-transparent bg-profit-soft text-profit',
          step.state === 'next' && 'border-line-strong',
          isNow && 'border-accent',
          isFailed && 'border-loss bg-loss-soft',
        )}
      >
        {step.state === 'done' && <Check aria-label="done" className="size-3.5" />}
        {isNow && <span className="size-2 animate-sheen rounded-full bg-accent" />}
      </span>
      <div className="min-w-0 flex-1">
        <p
          className={cx(
            'flex justify-between gap-3 font-medium text-sm',
            step.state === 'next' && 'text-faint',
          )}
        >
          {step.label}
          {step.at && <span className="num text-faint text-xs">{timeOfDay(new Date(step.at))}</span>}
        </p>
        <p className="text-faint text-xs">{step.says}</p>
      </div>
    </li>
  )
}
