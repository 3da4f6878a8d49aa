import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { templates } from '@/api/queries'
import type { Template } from '@/api/records'
import { type Choices, readChoices, type Step, writeChoices } from '@/components/deploy/choices'
import { orderOf } from '@/components/deploy/order'
import { StepInputs } from '@/components/deploy/step-inputs'
import { StepLaunch } from '@/components/deploy/step-launch'
import { StepPlace } from '@/components/deploy/step-place'
import { StepReview } from '@/components/deploy/step-review'
import { StepTemplate } from '@/components/deploy/step-template'
import { Stepper } from '@/components/deploy/stepper'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'

const TITLES: Record<Step, string> = {
  template: 'Choose an EA',
  place: 'Account and symbol',
  inputs: 'Inputs',
  review: 'Review',
  launch: 'Deploying',
}

export default function DeployPage() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const choices = readChoices(params)
  const query = useQuery(templates())
  const write = (changes: Partial<Choices>, isReplaced: boolean) => {
    const search = writeChoices({ ...choices, ...changes }).toString()
    void navigate({ search }, { replace: isReplaced, preventScrollReset: isReplaced })
  }
  const wiring = {
    choices,
    onChange: (changes: Partial<Choices>) => write(changes, true),
    onNext: (step: Step, changes: Partial<Choices> = {}) => write({ ...changes, step }, step === 'launch'),
  }
  return (
    <Page isNarrow title={`${TITLES[choices.step]} · Deploy`} heading="Deploy an EA">
      <Stepper current={choices.step} onBack={step => wiring.onNext(step)} />
      {choices.step === 'launch' ? (
        <StepLaunch id={choices.instance} />
      ) : choices.step === 'template' ? (
        <StepTemplate {...wiring} />
      ) : (
        <Loaded query={query}>{rows => <LaterSteps rows={rows} wiring={wiring} />}</Loaded>
      )}
    </Page>
  )
}

interface LaterProps {
  rows: readonly Template[]
  wiring: {
    choices: Choices
    onChange: (changes: Partial<Choices>) => void
    onNext: (step: Step, changes?: Partial<Choices>) => void
  }
}

/** The steps that need to know the EA. An unknown one, as of an old link, leads back to the choice. */
function LaterSteps({ rows, wiring }: LaterProps) {
  const { choices } = wiring
  const template = rows.find(row => row.slug === choices.template)
  const form = useMemo(() => template && orderOf(template, choices), [template, choices])
  if (!template || !form) return <StepTemplate {...wiring} />
  if (choices.step === 'place') return <StepPlace {...wiring} template={template} />
  if (choices.step === 'inputs') return <StepInputs {...wiring} template={template} />
  return <StepReview {...wiring} template={template} form={form} />
}
