import { Select } from '@/ui/input'

interface Props {
  label: string
  /** What stands where nothing is narrowed. */
  every: string
  value: string
  choices: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
  className?: string
}

/** One of several, or any. What an address chooses and the list does not know is shown as it is. */
export function FilterChoice({ label, every, value, choices, onChange, className = 'w-44' }: Props) {
  const isKnown = value === '' || choices.some(([known]) => known === value)
  return (
    <Select
      aria-label={label}
      className={className}
      value={value}
      onChange={event => onChange(event.target.value)}
    >
      <option value="">{every}</option>
      {!isKnown && <option value={value}>{value}</option>}
      {choices.map(([known, words]) => (
        <option key={known} value={known}>
          {words}
        </option>
      ))}
    </Select>
  )
}
