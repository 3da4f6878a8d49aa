import { useQuery } from '@tanstack/react-query'
import { Telescope } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { useNavigate } from 'react-router'
import type { BacktestOptions } from '@/api/backtests'
import { canTenant, whyNot } from '@/api/can'
import {
  askForOptimisation,
  type OptimisationForm,
  type OptimisationOptions,
  optimisationSize,
  useOptimisationVerb,
} from '@/api/optimisations'
import { placeErrors, sentenceOf } from '@/api/problem'
import type { Template } from '@/api/records'
import type { Prefill } from '@/components/backtest/links'
import { firstDraft, type SetupDraft, setupOf } from '@/components/backtest/setup'
import { SetupFields } from '@/components/backtest/setup-fields'
import { RangeFields } from '@/components/optimisation/range-fields'
import { type Ranges, rangeFault, rangesOf } from '@/components/optimisation/ranges'
import { type SearchDraft, SearchFields } from '@/components/optimisation/search-fields'
import { SizeNote } from '@/components/optimisation/size-note'
import { useMe } from '@/components/session'
import { type Draft, draftOf, fieldsOf, type InputField, valuesOf } from '@/forms/inputs'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

interface Props {
  template: Template
  /** The schema of the version that is searched: an instance may have an older one than the catalogue. */
  inputSchema: Record<string, unknown>
  prices: BacktestOptions
  options: OptimisationOptions
  prefill: Prefill
  firstRanges: Ranges
  firstSearch: SearchDraft
  instanceId: string | null
}

const SEARCH_FIELDS = ['method', 'tries', 'criterion', 'fewestTrades', 'windows', 'ratio']
const SETUP_FIELDS: Record<string, keyof SetupDraft> = { source: 'data', file: 'data' }
/** The hub counts after a pause in typing, not at each key. */
const PAUSE_MS = 350

export function OptimisationAskForm(props: Props) {
  const { template, inputSchema, prices, options, prefill, instanceId } = props
  const navigate = useNavigate()
  const [today] = useState(() => new Date().toISOString().slice(0, 10))
  const fields = fieldsOf(inputSchema)
  const inputs = useForm<Draft>({ defaultValues: draftOf(fields, prefill.inputs), mode: 'onTouched' })
  const setup = useForm<SetupDraft>({
    defaultValues: firstDraft(template, prices, prefill, today),
    mode: 'onTouched',
  })
  const [ranges, setRanges] = useState(props.firstRanges)
  const [search, setSearch] = useState(props.firstSearch)
  const setupDraft = useWatch({ control: setup.control }) as SetupDraft
  const inputDraft = useWatch({ control: inputs.control }) as Draft
  const owner = { templateId: instanceId ? null : template.id, instanceId }
  const body: OptimisationForm = {
    ...setupOf(setupDraft),
    // An optimisation hears no model.
    model: null,
    ...owner,
    ...searchOf(search),
    inputs: valuesOf(fields, inputDraft),
    ranges: rangesOf(fields, ranges),
  }
  const size = useQuery(optimisationSize(usePaused(body)))
  const verb = useOptimisationVerb(askForOptimisation)
  const said = placeErrors(verb.error, SEARCH_FIELDS)
  const ofRanges = { ...rangeFaults(size.error), ...rangeFaults(verb.error) }
  const isWrong = fields.some(field => ranges[field.name] && rangeFault(field, ranges[field.name] as never))
  const submit = async () => {
    const areInputsGood = await inputs.trigger(undefined, { shouldFocus: true })
    await setup.handleSubmit(() => {
      if (!areInputsGood || isWrong) return
      verb.mutate(body, {
        onSuccess: made => void navigate(`/optimisations/${made.id}`),
        onError: error => {
          const ofInputs = placeErrors(error, Object.keys(inputs.getValues()), '/inputs')
          for (const [name, message] of Object.entries(ofInputs.fields)) inputs.setError(name, { message })
          const ofSetup = placeErrors(error, [
            ...Object.keys(setup.getValues()),
            ...Object.keys(SETUP_FIELDS),
          ])
          for (const [name, message] of Object.entries(ofSetup.fields)) {
            setup.setError(SETUP_FIELDS[name] ?? (name as keyof SetupDraft), { message })
          }
        },
      })
    })()
  }
  const reason = whyNot(canTenant('optimise', template, useMe())) ?? whyUnready(fields, ranges, isWrong)
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <Card title="Inputs" hint="switched on: searched over; off: it stays at this value">
        <RangeFields fields={fields} form={inputs} ranges={ranges} onChange={setRanges} faults={ofRanges} />
      </Card>
      <SearchFields options={options} draft={search} onChange={setSearch} faults={said.fields} />
      <SetupFields template={template} options={prices} form={setup} today={today} />
      <SizeNote
        size={size.data}
        why={size.error ? sentenceOf(size.error) : undefined}
        isNothingVaried={body.ranges.length === 0}
        limits={options.limits}
      />
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" size="lg" isBusy={verb.isPending} disabledReason={reason}>
          <Telescope /> Start the optimisation
        </Button>
      </div>
    </form>
  )
}

function searchOf(draft: SearchDraft) {
  return {
    method: draft.method,
    tries: draft.method === 'grid' || draft.tries.trim() === '' ? null : whole(draft.tries, 1),
    criterion: draft.criterion.trim() || 'net_profit',
    fewestTrades: whole(draft.fewestTrades, 1),
    windows: Number(draft.windows),
    manner: draft.manner,
    ratio: whole(draft.ratio, 4),
  }
}

const whole = (text: string, otherwise: number): number =>
  /^\d+$/.test(text.trim()) ? Math.max(1, Number(text.trim())) : otherwise

const rangeFaults = (error: unknown): Record<string, string> =>
  error instanceof Error && 'problem' in error
    ? Object.fromEntries(
        (error as { problem: { errors: { pointer: string; detail: string }[] } }).problem.errors
          .filter(one => one.pointer.startsWith('/ranges/'))
          .map(one => [one.pointer.slice('/ranges/'.length), one.detail]),
      )
    : {}

function whyUnready(fields: readonly InputField[], ranges: Ranges, isWrong: boolean): string | undefined {
  if (!fields.some(field => ranges[field.name])) return 'Switch on at least one input that is searched over.'
  return isWrong ? 'One of the ranges cannot be read: see above.' : undefined
}

/** What was said last, once nothing new has been said for a moment. */
function usePaused(body: OptimisationForm): OptimisationForm {
  const text = JSON.stringify(body)
  const [paused, setPaused] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return JSON.parse(paused) as OptimisationForm
}
