import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

export type Tone = 'neutral' | 'accent' | 'profit' | 'loss' | 'warn'

const TONES: Record<Tone, string> = {
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  profit: 'bg-profit-soft text-profit',
  loss: 'bg-loss-soft text-loss',
  warn: 'bg-warn-soft text-warn',
}

interface Props {
  tone?: Tone
  icon?: LucideIcon
  className?: string
  children: ReactNode
}

export function Badge({ tone = 'neutral', icon: Icon, className, children }: Props) {
  return (
    <span
      className={cx(
        'inline-flex h-[1.375rem] items-center gap-1 whitespace-nowrap rounded-md px-1.5 font-medium text-xs',
        TONES[tone],
        className,
      )}
    >
      {Icon && <Icon aria-hidden className="size-3" strokeWidth={2.25} />}
      {children}
    </span>
  )
}
