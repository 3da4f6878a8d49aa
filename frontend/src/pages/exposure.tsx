import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { exposure } from '@/api/exposure'
import { FacetSelects } from '@/components/board/facet-selects'
import { CsvLink } from '@/components/csv-link'
import { fileOf, openQuery, readChoice } from '@/components/exposure/choice'
import { OpenTab } from '@/components/exposure/open-tab'
import { SameTab } from '@/components/exposure/same-tab'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { Select } from '@/ui/input'
import { Tabs } from '@/ui/tabs'

const TABS = [
  { name: 'open', label: 'Open now' },
  { name: 'same', label: 'Same trades' },
] as const

/** What all accounts have open together, and which of them trade the same. */
export default function ExposurePage() {
  const { params, change } = useUrlState()
  const choice = useMemo(() => readChoice(params), [params])
  const query = useQuery(exposure(openQuery(choice)))
  const { data } = query
  return (
    <Page
      title="Exposure"
      lead="What all accounts have open together, and which of them trade the same."
      actions={<CsvLink href={fileOf(choice)} what={choice.tab === 'open' ? 'Exposure' : 'Same trades'} />}
    >
      <Tabs
        label="Exposure"
        tabs={TABS}
        chosen={choice.tab}
        onChoose={tab => change({ tab: tab === 'open' ? null : tab })}
      >
        <div className="my-4 flex flex-wrap items-center gap-2 empty:hidden">
          {data && <FacetSelects wordsOf={name => data.words[name]} filters={choice.filters} />}
          {data && choice.tab === 'open' && (
            <Select
              aria-label="Valued in"
              value={data.money}
              onChange={event => change({ money: event.target.value })}
              className="[&_select]:h-8"
            >
              {data.moneys.map(name => (
                <option key={name} value={name}>
                  In {name}
                </option>
              ))}
            </Select>
          )}
        </div>
        {choice.tab === 'same' ? (
          <SameTab choice={choice} />
        ) : (
          <Loaded query={query}>{found => <OpenTab found={found} by={choice.by} />}</Loaded>
        )}
      </Tabs>
    </Page>
  )
}
