import { CircleAlert, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

const TONES = {
  info: ['border-line-strong bg-raised text-muted', Info],
  warn: ['border-warn/30 bg-warn-soft text-warn', TriangleAlert],
  loss: ['border-loss/30 bg-loss-soft text-loss', CircleAlert],
} as const satisfies Record<string, readonly [string, LucideIcon]>

interface Props {
  tone?: keyof typeof TONES
  title?: ReactNode
  action?: ReactNode
  className?: string
  children?: ReactNode
}

export function Callout({ tone = 'info', title, action, className, children }: Props) {
  const [look, Icon] = TONES[tone]
  return (
    <div
      role={tone === 'info' ? 'note' : 'alert'}
      className={cx('flex items-start gap-2.5 rounded-lg border px-3 py-2.5 text-sm', look, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className={cx(tone !== 'info' && 'text-ink/85')}>{children}</div>}
      </div>
      {action}
    </div>
  )
}
