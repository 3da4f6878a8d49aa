import { Trash2 } from 'lucide-react'
import { Controller, type UseFormReturn } from 'react-hook-form'
import { TermsPlot } from '@/components/programme/terms-plot'
import { sentencesOf } from '@/components/programme/words'
import { type PhaseText, phaseOf, type TermsText } from '@/forms/programme-terms'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Props {
  form: UseFormReturn<TermsText>
  at: number
  onRemove: (() => void) | undefined
}

type Figure = 'targetPercent' | 'dailyLossPercent' | 'totalLossPercent' | 'minDays' | 'consistencyPercent'

/** One phase of a programme: its figures, each with what it means, and a picture of its limits. */
export function PhaseFields({ form, at, onRemove }: Props) {
  const phase = form.watch(`phases.${at}`)
  const errors = form.formState.errors.phases?.[at]
  return (
    <fieldset className="rounded-xl border border-line p-4">
      <legend className="px-1.5 font-medium text-ink text-sm">{phase.name || `Phase ${at + 1}`}</legend>
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3">
        <Field label="Name" error={errors?.name?.message}>
          {control => (
            <Input
              {...control}
              {...form.register(`phases.${at}.name`, {
                validate: text => text.trim() !== '' || 'Name the phase, as F1 or funded.',
              })}
              maxLength={20}
            />
          )}
        </Field>
        <FigureField form={form} at={at} name="targetPercent" label="Target" unit="%" />
        <FigureField form={form} at={at} name="minDays" label="Least days" unit="days" />
        <FigureField form={form} at={at} name="dailyLossPercent" label="Daily loss" unit="%" />
        <Field
          label="Daily loss from"
          className="col-span-1 sm:col-span-2"
          error={errors?.dailyBasis?.message}
        >
          {control => (
            <Select {...control} {...form.register(`phases.${at}.dailyBasis`)}>
              <option value="balance">balance at the day’s start</option>
              <option value="equity">equity at the day’s start</option>
              <option value="higher">the higher of the two</option>
            </Select>
          )}
        </Field>
        <FigureField form={form} at={at} name="totalLossPercent" label="Total loss" unit="%" />
        <Field
          label="Total loss from"
          className="col-span-1 sm:col-span-2"
          error={errors?.totalKind?.message}
        >
          {control => (
            <Select {...control} {...form.register(`phases.${at}.totalKind`)}>
              <option value="static">the first balance (static)</option>
              <option value="trailing">the highest equity (trailing)</option>
              <option value="trailing_eod">the highest balance at a day’s end (trailing)</option>
            </Select>
          )}
        </Field>
        <FigureField
          form={form}
          at={at}
          name="consistencyPercent"
          label="Best day at most"
          unit="% of profit"
        />
        <Field label="At a breach" className="col-span-1 sm:col-span-2" error={errors?.onBreach?.message}>
          {control => (
            <Select {...control} {...form.register(`phases.${at}.onBreach`)}>
              <option value="notify">tell people only</option>
              <option value="pause">pause its EAs</option>
              <option value="flatten">pause its EAs and close everything</option>
            </Select>
          )}
        </Field>
        {phase.totalKind !== 'static' && <Locks form={form} at={at} />}
      </div>
      <Meaning phase={phase} />
      {onRemove && (
        <div className="mt-3 flex justify-end">
          <Button size="sm" variant="ghost" onClick={onRemove}>
            <Trash2 /> Remove {phase.name || 'this phase'}
          </Button>
        </div>
      )}
    </fieldset>
  )
}

interface FigureProps {
  form: UseFormReturn<TermsText>
  at: number
  name: Figure
  label: string
  unit: string
}

function FigureField({ form, at, name, label, unit }: FigureProps) {
  return (
    <Field label={label} error={form.formState.errors.phases?.[at]?.[name]?.message}>
      {control => (
        <Input
          {...control}
          {...form.register(`phases.${at}.${name}`, {
            validate: text => /^\d*[.]?\d*$/.test(text.trim()) || 'A number, as 4.5, or nothing.',
          })}
          inputMode="decimal"
          unit={unit}
          placeholder="none"
        />
      )}
    </Field>
  )
}

function Locks({ form, at }: { form: UseFormReturn<TermsText>; at: number }) {
  return (
    <Controller
      control={form.control}
      name={`phases.${at}.totalLocks`}
      render={({ field }) => (
        <div className="col-span-full flex items-center justify-between gap-3 text-ink text-sm">
          It stops rising once it has reached the first balance
          <Switch label="It stops rising at the first balance" isOn={field.value} onChange={field.onChange} />
        </div>
      )}
    />
  )
}

function Meaning({ phase }: { phase: PhaseText }) {
  const meant = phaseOf(phase)
  return (
    <div className="mt-4 grid gap-4 sm:grid-cols-2">
      <ul className="list-disc space-y-1 pl-4 text-muted text-xs marker:text-faint">
        {sentencesOf(meant).map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <TermsPlot phase={meant} />
    </div>
  )
}
