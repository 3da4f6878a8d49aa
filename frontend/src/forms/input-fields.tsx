import { RotateCcw } from 'lucide-react'
import { Controller, type UseFormReturn, useWatch } from 'react-hook-form'
import { type Draft, faultOf, groupsOf, type InputField, inputText, isChanged, rangeOf } from '@/forms/inputs'
import { Button } from '@/ui/button'
import { type ControlProps, Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Props {
  fields: readonly InputField[]
  form: UseFormReturn<Draft>
}

/** An EA's inputs as a form, group by group. */
export function InputFields({ fields, form }: Props) {
  const draft = useWatch({ control: form.control })
  const changed = fields.filter(field => isChanged(field, draft[field.name]))
  const reset = () => {
    for (const field of changed) put(form, field)
  }
  return (
    <div>
      <div className="mb-3 flex min-h-8 items-center justify-between text-faint text-xs">
        <span role="status">
          {changed.length === 0
            ? 'All inputs stand at their defaults.'
            : `${changed.length} of ${fields.length} inputs differ from the default.`}
        </span>
        {changed.length > 0 && (
          <Button size="sm" variant="ghost" onClick={reset}>
            <RotateCcw /> Reset all
          </Button>
        )}
      </div>
      <div className="space-y-7">
        {groupsOf(fields).map(([group, members]) => (
          <fieldset key={group}>
            <legend className="mb-3 w-full border-line border-b pb-2 font-semibold text-ink text-sm">
              {group}
            </legend>
            <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
              {members.map(field => (
                <OneInput key={field.name} field={field} form={form} />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </div>
  )
}

function put(form: UseFormReturn<Draft>, field: InputField): void {
  const value = field.type === 'boolean' ? field.default === true : String(field.default)
  form.setValue(field.name, value, { shouldDirty: true, shouldValidate: true })
}

/** One input with its label, bounds and faults. */
export function OneInput({ field, form }: { field: InputField; form: UseFormReturn<Draft> }) {
  return (
    <Controller
      name={field.name}
      control={form.control}
      rules={{ validate: drafted => faultOf(field, drafted) ?? true }}
      render={({ field: control, fieldState }) => (
        <Field
          label={field.title}
          hint={field.help}
          error={fieldState.error?.message}
          aside={
            isChanged(field, control.value) ? (
              <button
                type="button"
                onClick={() => put(form, field)}
                className="inline-flex items-center gap-1 rounded text-accent hover:underline"
              >
                <RotateCcw aria-hidden className="size-3" />
                Reset to {inputText({ ...field, unit: '' }, field.default)}
              </button>
            ) : (
              <span className="num">{rangeOf(field)}</span>
            )
          }
        >
          {wiring => <Control field={field} wiring={wiring} control={control} />}
        </Field>
      )}
    />
  )
}

interface ControlledProps {
  field: InputField
  wiring: ControlProps
  control: {
    value: string | boolean | undefined
    onChange: (value: string | boolean) => void
    onBlur: () => void
    ref: (element: HTMLElement | null) => void
  }
}

function Control({ field, wiring, control }: ControlledProps) {
  const { value, onChange, onBlur, ref } = control
  if (field.type === 'boolean') return <Switch {...wiring} isOn={value === true} onChange={onChange} />
  const common = { ...wiring, ref, onBlur, value: String(value ?? '') }
  if (field.choices.length > 0) {
    return (
      <Select {...common} onChange={event => onChange(event.target.value)}>
        {field.choices.map(choice => (
          <option key={String(choice)} value={String(choice)}>
            {inputText(field, choice)}
          </option>
        ))}
      </Select>
    )
  }
  return (
    <Input
      {...common}
      onChange={event => onChange(event.target.value)}
      inputMode={field.type === 'string' ? 'text' : 'decimal'}
      autoComplete="off"
      unit={field.unit}
    />
  )
}
