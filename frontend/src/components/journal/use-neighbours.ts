import { useQuery } from '@tanstack/react-query'
import { tradeList } from '@/api/journal-queries'
import type { TradeDetail } from '@/api/journal-records'
import { PAGE_SIZE } from '@/components/journal/filters'
import { useJournal } from '@/components/journal/use-journal'

export interface Neighbour {
  id: string
  page: number
}

interface Neighbours {
  above: Neighbour | null
  below: Neighbour | null
  /** Its place in the filter's list, from 1; null when it is not on the page that one came from. */
  position: number | null
  total: number
}

/** What stands above and below a trade in the list that one came from, over the page's edge too. */
export function useNeighbours(id: string, detail: TradeDetail | undefined): Neighbours {
  const { query, place } = useJournal()
  const listOf = (page: number) => tradeList({ ...query, sort: place.sort, page, pageSize: PAGE_SIZE })
  const list = useQuery(listOf(place.page)).data
  const rows = list?.items ?? []
  const at = rows.findIndex(row => row.id === id)
  const total = list?.total ?? 0
  const isFirst = at === 0 && place.page > 1
  const isLast = at === rows.length - 1 && at >= 0 && place.page * PAGE_SIZE < total
  const pageAbove = useQuery({ ...listOf(place.page - 1), enabled: isFirst })
  const pageBelow = useQuery({ ...listOf(place.page + 1), enabled: isLast })
  if (at < 0) {
    // It was not opened from this list: its account's own order serves.
    const by = (found: string | null | undefined) => (found ? { id: found, page: place.page } : null)
    return { above: by(detail?.nextId), below: by(detail?.previousId), position: null, total }
  }
  const one = (row: { id: string } | undefined, page: number) => (row ? { id: row.id, page } : null)
  const over = (found: typeof pageAbove, page: number, index: number) =>
    found.isPlaceholderData ? null : one(found.data?.items.at(index), page)
  return {
    above: isFirst ? over(pageAbove, place.page - 1, -1) : one(rows[at - 1], place.page),
    below: isLast ? over(pageBelow, place.page + 1, 0) : one(rows[at + 1], place.page),
    position: (place.page - 1) * PAGE_SIZE + at + 1,
    total,
  }
}
