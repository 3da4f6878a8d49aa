import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, Check, Search, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { type BoardRow, boardViews, removeView, saveView } from '@/api/board'
import { sentenceOf } from '@/api/problem'
import { type BoardChoice, FACET_NAMES, FACETS, wordsOf } from '@/components/board/board'
import { ColumnChoice } from '@/components/board/column-choice'
import { FacetSelects } from '@/components/board/facet-selects'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Input, Select } from '@/ui/input'
import { Popover } from '@/ui/popover'

/** What of the URL makes a view. */
const KEPT = ['q', 'by', 'sort', 'cols', ...FACET_NAMES]

/** Search, filters, grouping and saved views. All of it is in the URL. */
export function BoardBar({ rows, choice }: { rows: readonly BoardRow[]; choice: BoardChoice }) {
  const { change } = useUrlState()
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Input
        type="search"
        aria-label="Search accounts"
        placeholder="Search"
        icon={<Search />}
        value={choice.q}
        onChange={event => change({ q: event.target.value })}
        className="h-8 w-36 sm:w-48"
      />
      <FacetSelects wordsOf={name => wordsOf(rows, name)} filters={choice.filters} />
      <Select
        aria-label="Group by"
        value={choice.by}
        onChange={event => change({ by: event.target.value })}
        className="[&_select]:h-8"
      >
        <option value="">Not grouped</option>
        {FACET_NAMES.map(name => (
          <option key={name} value={name}>
            By {FACETS[name].toLowerCase()}
          </option>
        ))}
      </Select>
      <ColumnChoice />
      <Views />
    </div>
  )
}

function Views() {
  const { params, change } = useUrlState()
  const cache = useQueryClient()
  const { data = [] } = useQuery(boardViews())
  const [name, setName] = useState('')
  const settled = {
    onError: (error: unknown) => void toast.error(sentenceOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['board-views'] }),
  }
  const now = Object.fromEntries(KEPT.flatMap(key => (params.get(key) ? [[key, params.get(key) ?? '']] : [])))
  const save = useMutation({
    ...settled,
    mutationFn: () => saveView(name.trim(), now),
    onSuccess: () => setName(''),
  })
  const remove = useMutation({ ...settled, mutationFn: removeView })
  const isNow = (query: Record<string, unknown>) => KEPT.every(key => (query[key] ?? '') === (now[key] ?? ''))
  const current = data.find(row => isNow(row.query))
  return (
    <Popover
      label="Saved views"
      align="end"
      className="w-72"
      trigger={
        <Button size="sm" className="max-w-44">
          <Bookmark className={current ? 'fill-accent text-accent' : ''} />
          <span className="truncate">{current?.name ?? 'Views'}</span>
        </Button>
      }
    >
      {data.length === 0 && <p className="text-muted">No saved view yet.</p>}
      <ul>
        {data.map(row => (
          <li key={row.id} className="flex items-center gap-1">
            <button
              type="button"
              onClick={() => change(Object.fromEntries(KEPT.map(key => [key, String(row.query[key] ?? '')])))}
              className="flex min-w-0 flex-1 items-center gap-2 rounded-lg px-2 py-1.5 text-left hover:bg-hover"
            >
              {row.id === current?.id ? (
                <Check aria-hidden className="size-4 text-accent" />
              ) : (
                <X aria-hidden className="invisible size-4" />
              )}
              <span className="truncate">{row.name}</span>
            </button>
            <Button
              variant="ghost"
              size="icon"
              aria-label={`Remove ${row.name}`}
              onClick={() => remove.mutate(row.id)}
            >
              <Trash2 />
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="mt-3 flex gap-2"
        onSubmit={event => {
          event.preventDefault()
          if (name.trim()) save.mutate()
        }}
      >
        <Input
          aria-label="Name of the view"
          placeholder="Name this view"
          maxLength={60}
          value={name}
          onChange={event => setName(event.target.value)}
          className="h-8"
        />
        <Button type="submit" size="sm" isBusy={save.isPending}>
          Save
        </Button>
      </form>
    </Popover>
  )
}
