import { CircleCheck, CircleX } from 'lucide-react'
import type { ModelCard } from '@/api/model-card'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'

/** The gate's verdict in words, with each thing that the model had to show. No edge is an answer like any. */
export function GateCard({ card }: { card: ModelCard }) {
  const { promoted, verdict, checks } = card.gate
  return (
    <Card
      title="Did it find an edge?"
      actions={<Badge tone={promoted ? 'profit' : 'warn'}>{promoted ? 'Edge found' : 'No edge found'}</Badge>}
    >
      <p className={cx('max-w-prose text-base', promoted ? 'text-ink' : 'text-ink')}>{verdict}</p>
      {!promoted && (
        <p className="mt-2 max-w-prose text-muted text-sm">
          That is a result, not a failure: on these prices, after costs, there was nothing that this model
          could show to be more than luck. Its signals are handed out to nobody.
        </p>
      )}
      <ul aria-label="What it had to show" className="mt-4 divide-y divide-line border-line border-t">
        {checks.map(check => (
          <li key={check.name} className="flex items-start gap-2.5 py-2 text-sm">
            {check.passed ? (
              <CircleCheck aria-label="Shown" className="mt-0.5 size-4 shrink-0 text-profit" />
            ) : (
              <CircleX aria-label="Not shown" className="mt-0.5 size-4 shrink-0 text-loss" />
            )}
            <span className="min-w-0 text-ink">{check.text}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
