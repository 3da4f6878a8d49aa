import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { Link } from 'react-router'
import { sentenceCase, sentenceOf } from '@/api/problem'
import type { DeployForm, DeployReview, ProblemItem, Template } from '@/api/records'
import { deploy, forgetFleet } from '@/api/verbs'
import type { Step } from '@/components/deploy/choices'
import { reviewOf } from '@/components/deploy/order'
import { ReviewSummary } from '@/components/deploy/review-summary'
import { StepFrame, type StepProps } from '@/components/deploy/step-frame'
import { Loaded } from '@/components/loaded'
import { RefusalNote } from '@/forms/refusal'
import { Callout } from '@/ui/callout'
import { Skeleton } from '@/ui/skeleton'

interface Props extends StepProps {
  template: Template
  form: DeployForm
}

/** What a deploy would do, as the hub itself judges it, before it is done. */
export function StepReview({ template, form, onNext }: Props) {
  const cache = useQueryClient()
  const review = useQuery(reviewOf(form))
  const launch = useMutation({
    mutationFn: () => deploy(form),
    onSuccess: made => {
      cache.setQueryData(['instances', made.id], made)
      forgetFleet(cache)
      onNext('launch', { instance: made.id })
    },
  })
  const problems = review.data?.problems ?? []
  return (
    <StepFrame
      title="Ready?"
      lead="Nothing is started before you say so."
      onBack={() => onNext('inputs')}
      nextLabel={
        <>
          <Rocket /> Deploy
        </>
      }
      nextReason={nextReason(review.isPending, problems)}
      isBusy={launch.isPending}
      onNext={() => launch.mutate()}
    >
      <Loaded query={review} skeleton={<Skeleton className="h-64 w-full rounded-xl" />}>
        {data => (
          <div className="space-y-4">
            <Problems review={data} onGo={onNext} />
            <ReviewSummary template={template} form={form} review={data} />
          </div>
        )}
      </Loaded>
      <RefusalNote text={launch.error ? sentenceOf(launch.error) : undefined} />
    </StepFrame>
  )
}

function nextReason(isPending: boolean, problems: readonly ProblemItem[]): string | undefined {
  if (isPending) return 'It is still being checked.'
  return problems.length > 0 ? 'Solve what is said above first.' : undefined
}

function Problems({ review, onGo }: { review: DeployReview; onGo: (step: Step) => void }) {
  return review.problems.map(problem => {
    const way = wayOut(problem)
    return (
      <Callout
        key={`${problem.pointer} ${problem.detail}`}
        tone="loss"
        action={
          way.step ? (
            <button type="button" className="shrink-0 rounded underline" onClick={() => onGo(way.step)}>
              {way.label}
            </button>
          ) : (
            <Link to="/settings" className="shrink-0 rounded underline">
              {way.label}
            </Link>
          )
        }
      >
        {sentenceCase(problem.detail)}
      </Callout>
    )
  })
}

type WayOut = { step: Step; label: string } | { step: null; label: string }

function wayOut({ pointer }: ProblemItem): WayOut {
  if (pointer.startsWith('/inputs')) return { step: 'inputs', label: 'Change the inputs' }
  if (pointer === '/symbol' || pointer === '/accountId') return { step: 'place', label: 'Change the place' }
  if (pointer === '/templateId') return { step: 'template', label: 'Change the EA' }
  return { step: null, label: 'See your plan' }
}
