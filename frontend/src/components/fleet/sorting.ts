import type { FleetChoice } from '@/api/queries'
import type { InstanceState } from '@/api/records'
import { INSTANCE_STATES } from '@/components/states'

/** The hub sorts: these are its words. */
const KEYS = [
  'name',
  'state',
  'account',
  'symbol',
  'equity',
  'floating',
  'day',
  'trades',
  'heartbeat',
] as const

export type SortKey = (typeof KEYS)[number]

/** What the hub takes to search for, in characters. */
const LONGEST_WORDS = 80

export interface FleetSort {
  key: SortKey
  isDown: boolean
}

export const FIRST_SORT: FleetSort = { key: 'state', isDown: false }

/** Read `day` or `-day` out of the URL. */
export function readSort(text: string | null): FleetSort {
  const key = text?.replace(/^-/, '') ?? ''
  if (!isSortKey(key)) return FIRST_SORT
  return { key, isDown: text?.startsWith('-') ?? false }
}

/** Read filter and order out of the URL; what nobody can mean there is left out. */
export function readChoice(params: URLSearchParams): FleetChoice {
  const state = params.get('state') ?? ''
  const words = (params.get('q') ?? '').trim().slice(0, LONGEST_WORDS)
  return {
    sort: writeSort(readSort(params.get('sort'))),
    ...(words && { q: words }),
    ...(isState(state) && { state }),
  }
}

export function writeSort(sort: FleetSort): string {
  return `${sort.isDown ? '-' : ''}${sort.key}`
}

/** What a click on a head leads to: numbers show the largest first, words begin at A. */
export function nextSort(now: FleetSort, key: SortKey): FleetSort {
  if (now.key === key) return { key, isDown: !now.isDown }
  return { key, isDown: ['equity', 'floating', 'day', 'trades', 'heartbeat'].includes(key) }
}

function isSortKey(text: string): text is SortKey {
  return (KEYS as readonly string[]).includes(text)
}

function isState(text: string): text is InstanceState {
  return Object.hasOwn(INSTANCE_STATES, text)
}
