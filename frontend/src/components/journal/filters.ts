import type { TradeFilters } from '@/api/queries'
import type { Trade } from '@/api/records'

export const PAGE_SIZE = 50
const DAY_MS = 24 * 3600 * 1000

/** What the journal's URL says. Days are the server's, in UTC, as a broker's statement has them. */
export interface JournalChoice {
  account: string
  instance: string
  symbol: string
  side: Trade['side'] | ''
  state: Trade['state'] | ''
  /** `2026-07-04`, both inclusive. */
  from: string
  to: string
  sort: string
  page: number
}

export function readJournal(params: URLSearchParams): JournalChoice {
  const get = (name: string) => params.get(name) ?? ''
  const page = Number(get('page'))
  return {
    account: get('account'),
    instance: get('instance'),
    symbol: get('symbol'),
    side: oneOf(get('side'), ['buy', 'sell']),
    state: oneOf(get('state'), ['open', 'closed', 'orphan']),
    from: dayOf(get('from')),
    to: dayOf(get('to')),
    sort: get('sort') || '-exited_at',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
}

/** The choice as the hub takes it. */
export function toFilters(choice: JournalChoice): TradeFilters {
  const { account, instance, symbol, side, state, from, to, sort, page } = choice
  return {
    sort,
    page,
    pageSize: PAGE_SIZE,
    ...(account && { account }),
    ...(instance && { instance }),
    ...(symbol && { symbol }),
    ...(side && { side }),
    ...(state && { state }),
    ...(from && { from: `${from}T00:00:00Z` }),
    ...(to && { to: new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString() }),
  }
}

/** Where the same trades are had as a file. */
export function exportLink(choice: JournalChoice): string {
  const { page: _page, pageSize: _size, ...filters } = toFilters(choice)
  const pairs = Object.entries(filters).map(([name, value]) => [name, String(value)])
  return `/api/trades/export.csv?${new URLSearchParams(pairs)}`
}

/** Whether anything narrows the list. */
export function isFiltered(choice: JournalChoice): boolean {
  const { sort: _sort, page: _page, ...rest } = choice
  return Object.values(rest).some(Boolean)
}

/** A click on the sorted head turns it round; another head begins with the largest. */
export function nextTradeSort(now: string, key: string): string {
  return now === `-${key}` ? key : `-${key}`
}

function oneOf<Word extends string>(text: string, words: readonly Word[]): Word | '' {
  return words.find(word => word === text) ?? ''
}

function dayOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''
}
