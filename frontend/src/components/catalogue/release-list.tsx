import { useQuery } from '@tanstack/react-query'
import { releasedVersions } from '@/api/release-queries'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { VERSION_STATES } from '@/components/release/states'
import { StateBadge } from '@/components/state-badge'
import { Card } from '@/ui/card'

/** What is or was on offer, newest first, with what was new in it. */
export function ReleaseList({ slug }: { slug: string }) {
  const query = useQuery(releasedVersions(slug))
  return (
    <Card title="Versions" bodyClassName="p-0">
      <Loaded query={query}>
        {rows => (
          <ol className="divide-y divide-line border-line border-t">
            {rows.map(row => (
              <li key={row.id} className="px-4 py-3">
                <p className="flex items-center gap-2 text-sm">
                  <span className="num font-medium text-ink">{row.version}</span>
                  {row.state === 'withdrawn' && <StateBadge look={VERSION_STATES.withdrawn} />}
                  <Moment at={row.publishedAt} className="num ml-auto text-faint text-xs" />
                </p>
                <p className="mt-1 whitespace-pre-line text-muted text-sm">
                  {row.changelog || 'The first of this installation.'}
                </p>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Card>
  )
}
