import type { ModelDetail, Retraining } from '@/api/models'
import { Moment } from '@/components/moment'
import { Badge, type Tone } from '@/ui/badge'
import { Card } from '@/ui/card'

const STATES: Record<Retraining['state'], readonly [string, Tone]> = {
  queued: ['Waits', 'neutral'],
  running: ['Trains', 'accent'],
  done: ['Done', 'profit'],
  failed: ['Failed', 'loss'],
}

/** When it is trained again, and what came of each time. */
export function RetrainingList({ model }: { model: ModelDetail }) {
  const { retrainings, retrainEveryDays: every, retrainDueAt: due } = model
  return (
    <Card title="Training" bodyClassName="p-0">
      <p className="px-4 pb-3 text-muted text-sm">
        {every === null ? 'It is not trained again by itself.' : `Every ${every} days.`}{' '}
        {due && (
          <>
            Next <Moment at={due} />.
          </>
        )}{' '}
        {every !== null &&
          (model.promotesByItself
            ? 'What passes its gate becomes the champion by itself.'
            : 'A person promotes what passes its gate.')}
      </p>
      {retrainings.length > 0 && (
        <ul aria-label="Trainings" className="divide-y divide-line border-line border-t">
          {retrainings.map(row => (
            <li key={row.id} className="px-4 py-2.5 text-sm">
              <div className="flex items-center justify-between gap-2">
                <span className="truncate text-ink">{row.reason}</span>
                <Badge tone={STATES[row.state][1]}>{STATES[row.state][0]}</Badge>
              </div>
              {row.outcome && <p className="mt-0.5 text-muted text-xs">{row.outcome}</p>}
              <p className="num mt-0.5 text-faint text-xs">
                <Moment at={row.createdAt} /> · {row.askedBy}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
