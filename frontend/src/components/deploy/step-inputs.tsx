import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type UseFormReturn, useForm } from 'react-hook-form'
import { ApiError, placeErrors } from '@/api/problem'
import type { Template } from '@/api/records'
import { ownInputs } from '@/components/deploy/choices'
import { orderOf, reviewOf } from '@/components/deploy/order'
import { StepFrame, type StepProps } from '@/components/deploy/step-frame'
import { InputFields } from '@/forms/input-fields'
import { type Draft, draftOf, fieldsOf } from '@/forms/inputs'
import { Card } from '@/ui/card'

export function StepInputs({ template, choices, onChange, onNext }: StepProps & { template: Template }) {
  const cache = useQueryClient()
  const fields = fieldsOf(template.version.inputSchema)
  const form = useForm<Draft>({ defaultValues: draftOf(fields, choices.inputs), mode: 'onTouched' })
  const own = () => ({ inputs: ownInputs(form.getValues(), draftOf(fields, {})) })
  // Inputs are judged together only by the EA itself, so the hub is asked before the step is left.
  const judge = useMutation({
    mutationFn: () => cache.fetchQuery(reviewOf(orderOf(template, { ...choices, ...own() }))),
    onSettled: review => {
      if (!hasInputFaults(form, review?.problems ?? [])) onNext('review', own())
    },
  })
  return (
    <StepFrame
      title="How shall it trade?"
      lead={`The inputs of ${template.name} ${template.version.version}. The defaults are sensible; each says what it may be.`}
      onBack={() => onNext('place', own())}
      // Leaving a field keeps it in the URL, so that the browser's own back loses nothing.
      onBlur={() => onChange(own())}
      isBusy={judge.isPending}
      onNext={() => void form.handleSubmit(() => judge.mutate())()}
    >
      <Card bodyClassName="p-5">
        <InputFields fields={fields} form={form} />
      </Card>
    </StepFrame>
  )
}

/** Show what the hub said of inputs at the inputs; what it said of anything else is for the review. */
function hasInputFaults(
  form: UseFormReturn<Draft>,
  problems: { pointer: string; detail: string }[],
): boolean {
  const error = new ApiError({ title: '', status: 400, detail: '', instance: '', errors: problems })
  const faults = Object.entries(placeErrors(error, Object.keys(form.getValues()), '/inputs').fields)
  for (const [name, message] of faults) form.setError(name, { message })
  const first = faults[0]?.[0]
  if (first) form.setFocus(first)
  return faults.length > 0
}
