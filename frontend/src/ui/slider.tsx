import { Slider as Radix } from 'radix-ui'

interface Props {
  label: string
  /** What the value means, for whoever cannot see where the thumb stands. */
  valueText: string
  value: number
  min: number
  max: number
  step: number
  onChange: (value: number) => void
}

export function Slider({ label, valueText, value, min, max, step, onChange }: Props) {
  return (
    <Radix.Root
      value={[value]}
      min={min}
      max={max}
      step={step}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      className="relative flex h-8 w-full cursor-pointer touch-none select-none items-center"
    >
      <Radix.Track className="relative h-1.5 grow rounded-full bg-line-strong">
        <Radix.Range className="absolute h-full rounded-full bg-accent" />
      </Radix.Track>
      <Radix.Thumb
        aria-label={label}
        aria-valuetext={valueText}
        className="block size-5 rounded-full border-2 border-accent bg-surface shadow"
      />
    </Radix.Root>
  )
}
