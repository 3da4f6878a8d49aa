import type { TradeQuery } from '@/api/journal-records'
import type { Trade } from '@/api/records'
import { dayAfter, startOfDay } from '@/format/day'

export const PAGE_SIZE = 50
export const NEWEST_FIRST = '-exited_at'

export const SESSIONS = ['asia', 'london', 'newyork'] as const
export const RESULTS = ['win', 'loss', 'even'] as const
const SIDES = ['buy', 'sell'] as const
const STATES = ['open', 'closed', 'orphan'] as const

/** What the journal's URL says; "" and [] mean any. */
export interface JournalChoice {
  account: readonly string[]
  symbol: readonly string[]
  tag: readonly string[]
  instance: string
  magic: string
  side: Trade['side'] | ''
  state: Trade['state'] | ''
  result: (typeof RESULTS)[number] | ''
  session: (typeof SESSIONS)[number] | ''
  /** 0 is Monday. */
  weekday: string
  hour: string
  rating: string
  q: string
  /** Days as `2026-07-04`, both inclusive, in the zone. */
  from: string
  to: string
  /** Trades that were closed on this day. */
  on: string
  /** The zone of days and hours; "" is UTC, as a broker's statement has them. */
  tz: string
}

/** Where in the list: what does not narrow it. */
export interface ListPlace {
  sort: string
  page: number
}

const LISTS = ['account', 'symbol', 'tag'] as const
const SINGLES = [
  'instance',
  'magic',
  'side',
  'state',
  'result',
  'session',
  'weekday',
  'hour',
  'rating',
  'q',
  'from',
  'to',
  'on',
  'tz',
] as const
type ListName = (typeof LISTS)[number]
type SingleName = (typeof SINGLES)[number]
export type FilterName = ListName | SingleName
export type FilterChanges = Partial<Record<FilterName, string | readonly string[] | null>>

export function readJournal(params: URLSearchParams): JournalChoice {
  const get = (name: string) => params.get(name)?.trim() ?? ''
  const all = (name: string) => [...new Set(params.getAll(name).filter(Boolean))]
  return {
    account: all('account'),
    symbol: all('symbol'),
    tag: all('tag'),
    instance: get('instance'),
    magic: /^\d{1,19}$/.test(get('magic')) ? get('magic') : '',
    side: oneOf(get('side'), SIDES),
    state: oneOf(get('state'), STATES),
    result: oneOf(get('result'), RESULTS),
    session: oneOf(get('session'), SESSIONS),
    weekday: numberWithin(get('weekday'), 0, 6),
    hour: numberWithin(get('hour'), 0, 23),
    rating: numberWithin(get('rating'), 1, 5),
    q: get('q').slice(0, 100),
    from: dayOf(get('from')),
    to: dayOf(get('to')),
    on: dayOf(get('on')),
    tz: zoneOf(get('tz')),
  }
}

export function readPlace(params: URLSearchParams): ListPlace {
  const page = Number(params.get('page'))
  return {
    sort: params.get('sort') || NEWEST_FIRST,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
}

/** The choice as the hub takes it. */
export function toQuery(choice: JournalChoice): TradeQuery {
  const { account, symbol, tag, instance, side, state, result, session, q, on, tz } = choice
  const { magic, weekday, hour, rating, from, to } = choice
  return {
    ...(account.length > 0 && { account: [...account] }),
    ...(symbol.length > 0 && { symbol: [...symbol] }),
    ...(tag.length > 0 && { tag: [...tag] }),
    ...(instance && { instance }),
    ...(magic && { magic: Number(magic) }),
    ...(side && { side }),
    ...(state && { state }),
    ...(result && { result }),
    ...(session && { session }),
    ...(weekday && { weekday: Number(weekday) }),
    ...(hour && { hour: Number(hour) }),
    ...(rating && { rating: Number(rating) }),
    ...(q && { q }),
    ...(from && { from: startOfDay(from, tz || 'UTC').toISOString() }),
    ...(to && { to: startOfDay(dayAfter(to), tz || 'UTC').toISOString() }),
    ...(on && { closedOn: on }),
    ...(tz && { tz }),
  }
}

/** The choice as the URL has it, without where in the list one is: other screens take it over. */
export function toParams(choice: JournalChoice): URLSearchParams {
  const params = new URLSearchParams()
  for (const name of LISTS) for (const value of choice[name]) params.append(name, value)
  for (const name of SINGLES) if (choice[name]) params.set(name, choice[name])
  return params
}

/** Change some of the filter in the URL. Another filter begins at its first page. */
export function withChanges(before: URLSearchParams, changes: FilterChanges): URLSearchParams {
  const after = new URLSearchParams(before)
  after.delete('page')
  for (const [name, value] of Object.entries(changes)) {
    after.delete(name)
    if (typeof value === 'string' && value) after.set(name, value)
    else if (Array.isArray(value)) for (const item of value) after.append(name, item)
  }
  return after
}

/** What narrows the list, by name. The zone alone narrows nothing. */
export function activeFilters(choice: JournalChoice): FilterName[] {
  const lists = LISTS.filter(name => choice[name].length > 0)
  return [...lists, ...SINGLES.filter(name => name !== 'tz' && choice[name] !== '')]
}

export const isFiltered = (choice: JournalChoice): boolean => activeFilters(choice).length > 0

export const NOTHING_CHOSEN: FilterChanges = Object.fromEntries(
  [...LISTS, ...SINGLES].filter(name => name !== 'tz').map(name => [name, null]),
)

/** A choice as it is kept under a name, and back: the URL's own words, so that old ones stay readable. */
export function toSaved(choice: JournalChoice): Record<string, string[]> {
  const saved: Record<string, string[]> = {}
  for (const [name, value] of toParams(choice)) saved[name] = [...(saved[name] ?? []), value]
  return saved
}

export function fromSaved(saved: Record<string, unknown>): URLSearchParams {
  const pairs = Object.entries(saved).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(item => [name, String(item)]),
  )
  return toParams(readJournal(new URLSearchParams(pairs)))
}

export type ExportFormat = 'csv' | 'xlsx' | 'json'

/** Where the same trades are had as a file, all pages of them; or the deals that they are made of. */
export function exportLink(choice: JournalChoice, format: ExportFormat, kind: 'trades' | 'deals'): string {
  const params = new URLSearchParams({ format, kind })
  for (const [name, value] of Object.entries(toQuery(choice))) {
    for (const item of Array.isArray(value) ? value : [value]) params.append(name, String(item))
  }
  return `/api/journal/export?${params}`
}

/** A click on the sorted head turns it round; another head begins with the largest. */
export function nextTradeSort(now: string, key: string): string {
  return now === `-${key}` ? key : `-${key}`
}

function oneOf<Word extends string>(text: string, words: readonly Word[]): Word | '' {
  return words.find(word => word === text) ?? ''
}

function numberWithin(text: string, low: number, high: number): string {
  const value = Number(text)
  return text !== '' && Number.isInteger(value) && value >= low && value <= high ? String(value) : ''
}

function dayOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''
}

function zoneOf(text: string): string {
  try {
    return text && text !== 'UTC'
      ? new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
      : ''
  } catch {
    return ''
  }
}
