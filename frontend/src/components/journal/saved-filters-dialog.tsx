import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Check, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { SavedFilter, SavedFilterForm } from '@/api/journal-records'
import { changeFilter, removeFilter, saveFilter } from '@/api/journal-verbs'
import { sentenceOf } from '@/api/problem'
import { fromSaved, readJournal, toSaved } from '@/components/journal/filters'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Input } from '@/ui/input'

interface Props {
  rows: readonly SavedFilter[]
  isOpen: boolean
  onClose: () => void
}

export function SavedFiltersDialog({ rows, isOpen, onClose }: Props) {
  return (
    <Dialog isOpen={isOpen && rows.length > 0} onClose={onClose} title="Saved filters">
      <ul className="divide-y divide-line">
        {rows.map(row => (
          <SavedRow key={row.id} row={row} />
        ))}
      </ul>
    </Dialog>
  )
}

/** What the hub takes back of what it said: the query in the URL's own words. */
const formOf = (row: SavedFilter, name = row.name): SavedFilterForm => ({
  name,
  query: toSaved(readJournal(fromSaved(row.query))),
})

function SavedRow({ row }: { row: SavedFilter }) {
  const [name, setName] = useState<string | null>(null)
  const cache = useQueryClient()
  const renew = () => cache.invalidateQueries({ queryKey: ['filters'] })
  const onError = (error: unknown) => void toast.error(sentenceOf(error))
  const rename = useMutation({
    mutationFn: (next: string) => changeFilter(row.id, formOf(row, next)),
    onSuccess: async () => {
      await renew()
      setName(null)
    },
    onError,
  })
  const restore = () => saveFilter(formOf(row)).then(renew, onError)
  const remove = useMutation({
    mutationFn: () => removeFilter(row.id),
    onSuccess: async () => {
      await renew()
      toast(`“${row.name}” is deleted`, { action: { label: 'Undo', onClick: () => void restore() } })
    },
    onError,
  })
  if (name !== null) {
    return (
      <li className="py-2">
        <form
          className="flex gap-2"
          onSubmit={event => {
            event.preventDefault()
            if (name.trim() === row.name) setName(null)
            else if (name.trim()) rename.mutate(name.trim())
          }}
        >
          <Input
            autoFocus
            aria-label={`New name for ${row.name}`}
            value={name}
            maxLength={60}
            onChange={event => setName(event.target.value)}
            onKeyDown={event => {
              if (event.key !== 'Escape') return
              event.stopPropagation()
              setName(null)
            }}
          />
          <Button type="submit" variant="primary" isBusy={rename.isPending}>
            <Check /> Rename
          </Button>
        </form>
      </li>
    )
  }
  return (
    <li className="flex items-center gap-1 py-1.5">
      <span className="min-w-0 flex-1 truncate text-sm">{row.name}</span>
      <Button variant="ghost" size="icon" aria-label={`Rename ${row.name}`} onClick={() => setName(row.name)}>
        <Pencil />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        aria-label={`Delete ${row.name}`}
        isBusy={remove.isPending}
        onClick={() => remove.mutate()}
      >
        <Trash2 />
      </Button>
    </li>
  )
}
