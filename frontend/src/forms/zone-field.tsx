import { useId } from 'react'
import type { UseFormRegisterReturn } from 'react-hook-form'
import { allZones, isZone, zoneClock } from '@/format/zone'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  label: string
  hint: string
  /** What stands in the field now, to show its clock. */
  value: string
  error: string | undefined
  placeholder: string
  control: UseFormRegisterReturn
}

/** A time zone by its IANA name, with the clock that it shows now, to be held against the terminal's. */
export function ZoneField({ label, hint, value, error, placeholder, control }: Props) {
  const list = useId()
  const shown = zoneClock(value.trim(), new Date())
  return (
    <Field label={label} aside={shown && `there it is ${shown}`} hint={hint} error={error}>
      {field => (
        <>
          <Input
            {...field}
            {...control}
            list={list}
            autoComplete="off"
            spellCheck={false}
            placeholder={placeholder}
          />
          <datalist id={list}>
            {allZones().map(zone => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}

/** The rule of the field; empty is a choice of its own. */
export const zoneRule = {
  setValueAs: (text: string) => text.trim(),
  validate: (text: string) =>
    text.trim() === '' ||
    isZone(text.trim()) ||
    'No such time zone: choose one of the list, as Europe/Athens.',
}
