import { readPage } from '@/components/command/filters'

/** A list's choice as the URL has it, under names that begin with the list's own. */
interface Choice<State extends string, Sort extends string> {
  state?: State
  sort: Sort
  page: number
}

interface Known<State extends string, Sort extends string> {
  states: readonly State[]
  /** The first is the list's own order. */
  sorts: readonly [Sort, ...Sort[]]
}

/** Read it; what the list does not know is left out. */
export function readChoice<State extends string, Sort extends string>(
  params: URLSearchParams,
  list: string,
  { states, sorts }: Known<State, Sort>,
): Choice<State, Sort> {
  const state = states.find(known => known === params.get(`${list}-state`))
  const sort = sorts.find(known => known === params.get(`${list}-sort`)) ?? sorts[0]
  const page = readPage(params, `${list}-page`)
  return state ? { state, sort, page } : { sort, page }
}

/** What a click on a head asks of the URL: the sorted head turns round, another begins with the largest. */
export function sortBy(list: string, now: string, key: string): Record<string, string | null> {
  return { [`${list}-sort`]: now === `-${key}` ? key : `-${key}`, [`${list}-page`]: null }
}

/** How a head shows that the list is sorted by it. */
export function orderOf(now: string, key: string): 'ascending' | 'descending' | undefined {
  if (now === key) return 'ascending'
  return now === `-${key}` ? 'descending' : undefined
}
