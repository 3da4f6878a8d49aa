import { ToggleGroup } from 'radix-ui'
import type { ReactNode } from 'react'

interface Props<Value extends string> {
  label: string
  options: readonly { value: Value; label: ReactNode }[]
  value: Value
  onChange: (value: Value) => void
}

/** A choice of few, all of them in sight. */
export function Segmented<Value extends string>({ label, options, value, onChange }: Props<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={next => next && onChange(next as Value)}
      className="inline-flex rounded-lg bg-canvas p-0.5 ring-1 ring-line ring-inset"
    >
      {options.map(option => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="flex h-7 items-center gap-1.5 whitespace-nowrap rounded-md px-2.5 font-medium text-faint text-xs transition-colors hover:text-ink data-[state=on]:bg-hover data-[state=on]:text-ink [&_svg]:size-3.5"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
