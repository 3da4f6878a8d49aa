import { useQuery } from '@tanstack/react-query'
import { ListChecks } from 'lucide-react'
import { operatorTasks } from '@/api/operator-queries'
import type { TaskDone, TaskKind, Tasks } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'

export default function OperatorTasksPage() {
  const query = useQuery(operatorTasks())
  return (
    <Loaded query={query}>
      {tasks => (
        <div className="space-y-4">
          <Kinds rows={tasks.kinds} />
          <Newest tasks={tasks} />
        </div>
      )}
    </Loaded>
  )
}

function Kinds({ rows }: { rows: readonly TaskKind[] }) {
  return (
    <Card title="By name" hint="In the last 24 hours" bodyClassName="p-0">
      {rows.length === 0 ? (
        <EmptyState icon={ListChecks} title="No task has left a result yet" className="py-8">
          What only looked and found nothing to do leaves none.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {rows.map(row => (
            <li key={row.name} className="flex items-center gap-4 px-4 py-2 text-sm">
              <code className="min-w-0 flex-1 truncate text-ink">{row.name}</code>
              <span className="num text-muted">{count(row.done)} done</span>
              <span className={cx('num w-20 text-right', row.failed > 0 ? 'text-loss' : 'text-faint')}>
                {count(row.failed)} failed
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Newest({ tasks }: { tasks: Tasks }) {
  return (
    <Card
      title="Newest"
      hint={`Failures first; kept ${tasks.keepDays} days, failures ${tasks.keepFailedDays}`}
      bodyClassName="p-0"
    >
      <ol className="divide-y divide-line border-line border-t">
        {tasks.newest.map(row => (
          <TaskRow key={row.taskId} task={row} />
        ))}
      </ol>
    </Card>
  )
}

function TaskRow({ task }: { task: TaskDone }) {
  const given = Object.entries(task.arguments).map(([name, value]) => `${name} ${String(value)}`)
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3">
      <span className="w-20 shrink-0">
        <Badge tone={task.isFailed ? 'loss' : 'neutral'}>{task.isFailed ? 'Failed' : 'Done'}</Badge>
      </span>
      <div className="min-w-0 flex-1 basis-64">
        <p className="text-sm">
          <code className="text-ink">{task.name}</code>{' '}
          <span className={cx('break-words', task.isFailed ? 'text-loss' : 'text-muted')}>
            {task.outcome}
          </span>
        </p>
        <p className="mt-0.5 break-all text-faint text-xs">{[...given, task.worker].join(' · ')}</p>
        {task.traceback && (
          <details className="mt-1 text-xs">
            <summary className="cursor-pointer text-muted">Traceback</summary>
            <pre className="mt-1 max-h-72 overflow-auto rounded border border-line p-2 text-muted">
              {task.traceback}
            </pre>
          </details>
        )}
      </div>
      <Ago at={task.doneAt} className="num shrink-0 text-faint text-xs" />
    </li>
  )
}
