import { useQuery } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, Check, Settings2 } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { savedFilters } from '@/api/journal-queries'
import { fromSaved, isFiltered, type JournalChoice, toParams } from '@/components/journal/filters'
import { SavedFiltersDialog } from '@/components/journal/saved-filters-dialog'
import { FilterSaveDialog } from '@/forms/filter-save'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu'

/** The views of the journal that somebody keeps: one click back to "Gold on Mondays". */
export function SavedFilters({ choice }: { choice: JournalChoice }) {
  const [asked, setAsked] = useState<'save' | 'manage' | null>(null)
  const { data = [] } = useQuery(savedFilters())
  const navigate = useNavigate()
  const now = toParams(choice).toString()
  const current = data.find(row => fromSaved(row.query).toString() === now)
  return (
    <>
      <Menu
        trigger={
          <Button className="max-w-48">
            <Bookmark className={current ? 'fill-accent text-accent' : ''} />
            <span className="truncate">{current?.name ?? 'Saved'}</span>
          </Button>
        }
      >
        {data.length === 0 && <MenuLabel>No saved filter yet</MenuLabel>}
        {data.map(row => (
          <MenuItem key={row.id} onSelect={() => void navigate({ search: fromSaved(row.query).toString() })}>
            <Check aria-hidden className={row.id === current?.id ? 'text-accent' : 'invisible'} />
            {row.name}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem
          onSelect={() => setAsked('save')}
          disabledReason={
            current
              ? `This filter is kept as “${current.name}” already.`
              : isFiltered(choice)
                ? undefined
                : 'Choose a filter first.'
          }
        >
          <BookmarkPlus /> Save this filter
        </MenuItem>
        {data.length > 0 && (
          <MenuItem onSelect={() => setAsked('manage')}>
            <Settings2 /> Rename or delete
          </MenuItem>
        )}
      </Menu>
      <FilterSaveDialog choice={choice} isOpen={asked === 'save'} onClose={() => setAsked(null)} />
      <SavedFiltersDialog rows={data} isOpen={asked === 'manage'} onClose={() => setAsked(null)} />
    </>
  )
}
