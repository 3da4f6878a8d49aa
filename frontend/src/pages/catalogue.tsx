import { useQuery } from '@tanstack/react-query'
import { Boxes } from 'lucide-react'
import { templates } from '@/api/queries'
import { TemplateCard } from '@/components/catalogue/template-card'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

export default function CataloguePage() {
  const query = useQuery(templates())
  return (
    <Page
      title="Catalogue"
      lead="Expert Advisors ready to run. Read the risk note before the summary convinces you."
    >
      <Loaded query={query} skeleton={<Skeleton className="h-64 w-full rounded-xl" />}>
        {rows =>
          rows.length === 0 ? (
            <EmptyState icon={Boxes} title="The catalogue is empty">
              No EA was published on this server yet.
            </EmptyState>
          ) : (
            <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
              {rows.map(row => (
                <TemplateCard key={row.id} row={row} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  )
}
