import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import {
  type FilterChanges,
  type JournalChoice,
  readJournal,
  readPlace,
  toQuery,
  withChanges,
} from '@/components/journal/filters'

/** The journal's screen as its URL says it. Another filter is a step that "back" takes back. */
export function useJournal() {
  const [params, setParams] = useSearchParams()
  const choice: JournalChoice = useMemo(() => readJournal(params), [params])
  const query = useMemo(() => toQuery(choice), [choice])
  const place = useMemo(() => readPlace(params), [params])
  const narrow = useCallback(
    (changes: FilterChanges) =>
      setParams(before => withChanges(before, changes), {
        // A search is one step, not one for every letter.
        replace: Object.keys(changes).join() === 'q',
        preventScrollReset: true,
      }),
    [setParams],
  )
  return { params, choice, query, place, narrow }
}
