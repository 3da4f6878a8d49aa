import { Switch as Radix } from 'radix-ui'
import type { ControlProps } from '@/ui/field'

interface Props extends Partial<ControlProps> {
  isOn: boolean
  onChange: (isOn: boolean) => void
  label?: string
}

export function Switch({ isOn, onChange, label, ...control }: Props) {
  return (
    <Radix.Root
      {...control}
      checked={isOn}
      onCheckedChange={onChange}
      {...(label ? { 'aria-label': label } : {})}
      className="h-5 w-9 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors data-[state=checked]:bg-accent-strong"
    >
      <Radix.Thumb className="block size-4 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-4" />
    </Radix.Root>
  )
}
