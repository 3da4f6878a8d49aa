import { Lightbulb } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link } from 'react-router'
import type { Recommendations, UnjudgedEA } from '@/api/recommendations'
import { Ago } from '@/components/moment'
import { RecommendationCard } from '@/components/recommendation/card'
import { CompareTable } from '@/components/recommendation/compare'
import { reachOf } from '@/components/recommendation/interval-plot'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Meter } from '@/ui/meter'

/** What is advised now, the best first, and what could not be judged. */
export function NowTab({ page }: { page: Recommendations }) {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const reach = useMemo(() => reachOf(page.items.map(one => one.evidence)), [page])
  const compared = page.items.filter(one => chosen.includes(one.id))
  const choose = (id: string) =>
    setChosen(before => (before.includes(id) ? before.filter(one => one !== id) : [...before, id]))
  return (
    <div className="grid gap-4">
      <Standing page={page} />
      {compared.length > 1 && <CompareTable rows={compared} />}
      {page.items.length === 0 ? (
        <Card>
          <Nothing page={page} />
        </Card>
      ) : (
        <div className="grid items-stretch gap-4 xl:grid-cols-2">
          {page.items.map((row, index) => (
            <RecommendationCard
              key={row.id}
              row={row}
              place={index + 1}
              reach={reach}
              isChosen={chosen.includes(row.id)}
              onChoose={() => choose(row.id)}
            />
          ))}
        </div>
      )}
      {page.beyond > 0 && page.items.length > 0 && (
        <Callout>
          {page.planName} shows the first {page.limit}; {page.beyond} more were ranked after them.{' '}
          <Link to="/plans" className="underline">
            Plans
          </Link>
        </Callout>
      )}
      {page.unjudged.length > 0 && <Unjudged rows={page.unjudged} />}
    </div>
  )
}

function Standing({ page }: { page: Recommendations }) {
  const { gathering } = page
  if (gathering?.isRunning)
    return (
      <Callout title="Evidence is being gathered">
        <p className="num mb-2">
          {gathering.done} of {gathering.total} sets of inputs were run over the past.
        </p>
        <Meter label="Sets run" used={gathering.done} limit={Math.max(1, gathering.total)} />
      </Callout>
    )
  if (gathering?.error)
    return (
      <Callout tone="warn" title="Evidence could not be gathered">
        {gathering.error}
      </Callout>
    )
  if (page.refreshedAt)
    return (
      <p className="text-faint text-xs">
        Looked at <Ago at={page.refreshedAt} />, again each five minutes.
        {gathering?.finishedAt &&
          ` The last gathering ran ${gathering.ran} sets in ${gathering.elapsedS.toFixed(1)} s.`}
      </p>
    )
  return null
}

function Nothing({ page }: { page: Recommendations }) {
  if (page.limit === 0)
    return (
      <EmptyState icon={Lightbulb} title="Your plan shows no recommendations">
        Your subscription has ended. Choose a plan on the Plan page.
      </EmptyState>
    )
  return (
    <EmptyState icon={Lightbulb} title="Nothing to recommend yet">
      EAs are run over past bars first: inputs chosen on one stretch, judged on the next, costs in. Until
      there is such evidence nothing is recommended.
    </EmptyState>
  )
}

function Unjudged({ rows }: { rows: readonly UnjudgedEA[] }) {
  return (
    <Card title="Not judged" hint="And what is missing" bodyClassName="p-0">
      <ul className="divide-y divide-line">
        {rows.map(row => (
          <li key={`${row.slug} ${row.symbol}`} className="flex flex-wrap gap-x-3 px-4 py-2.5 text-sm">
            <span className="text-ink">
              {row.name}
              {row.symbol && ` on ${row.symbol}`}
            </span>
            <span className="text-muted">{row.why}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
