import { useQuery } from '@tanstack/react-query'
import { recommendations } from '@/api/recommendations'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { NowTab } from '@/components/recommendation/now'
import { TrackRecordTab } from '@/components/recommendation/track-record'
import { useUrlState } from '@/components/search-params'
import { Tabs } from '@/ui/tabs'

const TABS = [
  { name: 'now', label: 'Now' },
  { name: 'record', label: 'Track record' },
] as const

/** Which EA to run on what, with the evidence; and what became of everything that was ever recommended. */
export default function RecommendationsPage() {
  const { params, change } = useUrlState()
  const tab = params.get('tab') === 'record' ? 'record' : 'now'
  const query = useQuery(recommendations())
  return (
    <Page
      title="Recommendations"
      lead="EAs, symbols and inputs by what they did out of sample in a market like today's. No promise, and not enough evidence is an answer."
    >
      <Tabs
        label="Recommendations"
        tabs={TABS}
        chosen={tab}
        onChoose={name => change({ tab: name === 'now' ? null : name })}
      >
        <div className="mt-4">
          {tab === 'record' ? (
            <TrackRecordTab />
          ) : (
            <Loaded query={query}>{page => <NowTab page={page} />}</Loaded>
          )}
        </div>
      </Tabs>
    </Page>
  )
}
