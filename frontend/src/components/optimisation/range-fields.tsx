import type { UseFormReturn } from 'react-hook-form'
import {
  canVary,
  countOf,
  isNumeric,
  type RangeDraft,
  type Ranges,
  rangeFault,
  usualRange,
} from '@/components/optimisation/ranges'
import { OneInput } from '@/forms/input-fields'
import { type Draft, groupsOf, type InputField, inputText } from '@/forms/inputs'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Props {
  fields: readonly InputField[]
  form: UseFormReturn<Draft>
  ranges: Ranges
  onChange: (ranges: Ranges) => void
  /** What the hub says of a range. */
  faults: Readonly<Record<string, string>>
}

/** An EA's inputs: each stands at one value, or is searched over. */
export function RangeFields({ fields, form, ranges, onChange, faults }: Props) {
  const change = (name: string, range: RangeDraft | undefined) => {
    const { [name]: _, ...rest } = ranges
    onChange(range ? { ...rest, [name]: range } : rest)
  }
  return (
    <div className="space-y-7">
      {groupsOf(fields).map(([group, members]) => (
        <fieldset key={group}>
          <legend className="mb-3 w-full border-line border-b pb-2 font-semibold text-ink text-sm">
            {group}
          </legend>
          <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
            {members.map(field => (
              <div key={field.name} className="flex min-w-0 items-start gap-3">
                <span className="pt-7">
                  <Switch
                    isOn={Boolean(ranges[field.name])}
                    label={`Search over ${field.title}`}
                    onChange={isOn =>
                      change(
                        field.name,
                        isOn && canVary(field) ? usualRange(field, form.getValues(field.name)) : undefined,
                      )
                    }
                  />
                </span>
                <div className="min-w-0 flex-1">
                  {ranges[field.name] ? (
                    <RangeField
                      field={field}
                      range={ranges[field.name] as RangeDraft}
                      fault={faults[field.name]}
                      onChange={range => change(field.name, range)}
                    />
                  ) : (
                    <OneInput field={field} form={form} />
                  )}
                </div>
              </div>
            ))}
          </div>
        </fieldset>
      ))}
    </div>
  )
}

interface RangeProps {
  field: InputField
  range: RangeDraft
  fault: string | undefined
  onChange: (range: RangeDraft) => void
}

const PARTS = [
  ['from', 'from'],
  ['to', 'to'],
  ['step', 'by'],
] as const

function RangeField({ field, range, fault, onChange }: RangeProps) {
  const count = countOf(field, range)
  const wrong = rangeFault(field, range) ?? fault
  return (
    <Field
      label={field.title}
      hint={isNumeric(field) ? field.help : valuesWords(field)}
      error={wrong}
      aside={<span className="num text-accent">{count === undefined ? '' : `${count} values`}</span>}
    >
      {control =>
        isNumeric(field) ? (
          <div className="grid grid-cols-3 gap-2">
            {PARTS.map(([part, word], at) => (
              <Input
                key={part}
                {...(at === 0 ? control : {})}
                aria-label={`${field.title}, ${word}`}
                inputMode="decimal"
                autoComplete="off"
                unit={word}
                value={range[part]}
                onChange={event => onChange({ ...range, [part]: event.target.value })}
              />
            ))}
          </div>
        ) : (
          <p {...control} className="flex h-9 items-center text-muted text-sm">
            All of its values
          </p>
        )
      }
    </Field>
  )
}

const valuesWords = (field: InputField): string =>
  field.type === 'boolean' ? 'yes and no' : field.choices.map(one => inputText(field, one)).join(', ')
