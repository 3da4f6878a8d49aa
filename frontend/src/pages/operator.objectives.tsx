import { useQuery } from '@tanstack/react-query'
import { Goal } from 'lucide-react'
import { objectives } from '@/api/operator-queries'
import { Loaded } from '@/components/loaded'
import { ObjectiveCard } from '@/components/operator/objective-card'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function OperatorObjectivesPage() {
  const query = useQuery(objectives())
  return (
    <Loaded query={query}>
      {found => (
        <div className="space-y-4">
          {found.objectives.every(one => one.state === 'no data') && (
            <Card>
              <EmptyState icon={Goal} title="No requests yet" className="py-6">
                Each process adds what it has counted once a minute. The first figures come then.
              </EmptyState>
            </Card>
          )}
          <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {found.objectives.map(one => (
              <ObjectiveCard key={one.name} objective={one} periodDays={found.periodDays} />
            ))}
          </div>
          <p className="max-w-3xl text-faint text-xs">
            What may be bad in {found.periodDays} days is a budget. A burn rate of 1× spends it in just that
            time; the first column alarms from 14.4× on, the others from 6×, 3× and 1×.
          </p>
        </div>
      )}
    </Loaded>
  )
}
