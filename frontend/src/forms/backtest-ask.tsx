import { FlaskConical } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { askForBacktest, type BacktestOptions, useBacktestVerb } from '@/api/backtests'
import { canTenant, whyNot } from '@/api/can'
import { placeErrors } from '@/api/problem'
import type { Template } from '@/api/records'
import type { Prefill } from '@/components/backtest/links'
import { ModelFields } from '@/components/backtest/model-fields'
import { firstDraft, type SetupDraft, setupOf } from '@/components/backtest/setup'
import { SetupFields } from '@/components/backtest/setup-fields'
import { useMe } from '@/components/session'
import { InputFields } from '@/forms/input-fields'
import { type Draft, draftOf, fieldsOf, valuesOf } from '@/forms/inputs'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

interface Props {
  template: Template
  /** The schema of the version that is tested: an instance may have an older one than the catalogue. */
  inputSchema: Record<string, unknown>
  options: BacktestOptions
  prefill: Prefill
  instanceId: string | null
}

/** Where the hub's words for the setup stand on this form. */
const FIELDS: Record<string, keyof SetupDraft> = { source: 'data', file: 'data' }

export function BacktestAskForm({ template, inputSchema, options, prefill, instanceId }: Props) {
  const navigate = useNavigate()
  const [today] = useState(() => new Date().toISOString().slice(0, 10))
  const fields = fieldsOf(inputSchema)
  const inputs = useForm<Draft>({ defaultValues: draftOf(fields, prefill.inputs), mode: 'onTouched' })
  const setup = useForm<SetupDraft>({
    defaultValues: firstDraft(template, options, prefill, today),
    mode: 'onTouched',
  })
  const [rest, setRest] = useState<string>()
  const verb = useBacktestVerb(askForBacktest)
  const ask = (draft: SetupDraft) =>
    verb.mutate(
      {
        ...setupOf(draft),
        templateId: instanceId ? null : template.id,
        instanceId,
        inputs: valuesOf(fields, inputs.getValues()),
      },
      {
        onSuccess: made => void navigate(`/backtests/${made.id}`),
        onError: error => {
          const ofInputs = placeErrors(error, Object.keys(inputs.getValues()), '/inputs')
          const ofSetup = placeErrors(error, [...Object.keys(setup.getValues()), ...Object.keys(FIELDS)])
          for (const [name, message] of Object.entries(ofInputs.fields)) inputs.setError(name, { message })
          const named = Object.entries(ofSetup.fields).map(
            ([name, message]) => [FIELDS[name] ?? (name as keyof SetupDraft), message] as const,
          )
          for (const [name, message] of named) setup.setError(name, { message })
          const first = named[0]?.[0]
          if (first) setup.setFocus(first)
          const isPlaced = named.length > 0 || Object.keys(ofInputs.fields).length > 0
          setRest(isPlaced ? undefined : (ofSetup.rest ?? undefined))
        },
      },
    )
  const submit = async () => {
    setRest(undefined)
    const areInputsGood = await inputs.trigger(undefined, { shouldFocus: true })
    await setup.handleSubmit(draft => areInputsGood && ask(draft))()
  }
  const reason = whyNot(canTenant('backtest', template, useMe()))
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <SetupFields template={template} options={options} form={setup} today={today} />
      <ModelFields options={options} form={setup} />
      {fields.length > 0 && (
        <Card title="Inputs">
          <InputFields fields={fields} form={inputs} />
        </Card>
      )}
      <RefusalNote text={rest} />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" size="lg" isBusy={verb.isPending} disabledReason={reason}>
          <FlaskConical /> Start the backtest
        </Button>
      </div>
    </form>
  )
}
