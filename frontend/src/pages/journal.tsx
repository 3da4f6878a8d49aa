import { Outlet, useLocation } from 'react-router'
import { ExportMenu } from '@/components/journal/export-menu'
import { FilterBar } from '@/components/journal/filter-bar'
import { JOURNAL_TABS, JournalTabs } from '@/components/journal/journal-tabs'
import { SavedFilters } from '@/components/journal/saved-filters'
import { ShareButton } from '@/components/journal/share-button'
import { useJournal } from '@/components/journal/use-journal'
import { Page } from '@/components/page'

/** The frame of the journal's screens: which trades, and what to see of them. */
export default function JournalPage() {
  const { choice, narrow } = useJournal()
  const { pathname } = useLocation()
  const tab = JOURNAL_TABS.find(item => item.to === pathname)?.label ?? 'Trades'
  return (
    <Page
      title={tab === 'Trades' ? 'Journal' : `${tab} · Journal`}
      heading="Journal"
      actions={
        <>
          <SavedFilters choice={choice} />
          <ShareButton choice={choice} />
          <ExportMenu choice={choice} />
        </>
      }
    >
      <JournalTabs choice={choice} />
      <div className="mb-4">
        <FilterBar choice={choice} onChange={narrow} hasAccountOnly={tab === 'Cash flows'} />
      </div>
      <Outlet />
    </Page>
  )
}
