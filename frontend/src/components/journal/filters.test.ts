import { describe, expect, it } from 'vitest'
import {
  activeFilters,
  exportLink,
  fromSaved,
  isFiltered,
  nextTradeSort,
  readJournal,
  readPlace,
  toParams,
  toQuery,
  toSaved,
  withChanges,
} from '@/components/journal/filters'

const read = (search: string) => readJournal(new URLSearchParams(search))
const FULL =
  'account=a1&account=a2&symbol=EURUSD&tag=breakout&instance=i1&magic=77001&side=buy&state=closed&result=win&session=london&weekday=0&hour=14&rating=4&q=news+spike&from=2026-07-01&to=2026-07-31&on=2026-07-04&tz=Europe%2FBerlin'

describe("the journal's filters", () => {
  it('ask for whole days, both ends included, in UTC unless a zone is named', () => {
    expect(toQuery(read('from=2026-07-01&to=2026-07-01'))).toEqual({
      from: '2026-07-01T00:00:00.000Z',
      to: '2026-07-02T00:00:00.000Z',
    })
    expect(toQuery(read('from=2026-07-01&to=2026-07-01&tz=Europe/Berlin'))).toEqual({
      from: '2026-06-30T22:00:00.000Z',
      to: '2026-07-01T22:00:00.000Z',
      tz: 'Europe/Berlin',
    })
  })

  it('take nothing from the URL that is not of their kind', () => {
    const choice = read('side=up&state=gone&from=yesterday&weekday=7&hour=x&rating=0&magic=-1&tz=Mars/Base')
    expect(activeFilters(choice)).toEqual([])
    expect(toQuery(choice)).toEqual({})
    expect(readPlace(new URLSearchParams('page=-3'))).toEqual({ sort: '-exited_at', page: 1 })
  })

  it('go through the URL, and through a saved filter, unchanged', () => {
    const choice = read(FULL)
    expect(toParams(choice).toString()).toBe(FULL)
    expect(fromSaved(toSaved(choice)).toString()).toBe(FULL)
  })

  it('know Monday and midnight from nothing chosen', () => {
    expect(toQuery(read('weekday=0&hour=0'))).toEqual({ weekday: 0, hour: 0 })
    expect(toQuery(read('weekday=&hour='))).toEqual({})
  })

  it('begin another filter at its first page and keep the order', () => {
    const after = withChanges(new URLSearchParams('symbol=EURUSD&page=4&sort=symbol'), {
      symbol: ['GBPUSD', 'XAUUSD'],
      side: 'buy',
    })
    expect(after.toString()).toBe('sort=symbol&symbol=GBPUSD&symbol=XAUUSD&side=buy')
    expect(withChanges(after, { symbol: [], side: null }).toString()).toBe('sort=symbol')
  })

  it('export what is shown, all pages of it', () => {
    expect(exportLink(read('side=buy&symbol=EURUSD&symbol=GBPUSD&page=4'), 'xlsx', 'deals')).toBe(
      '/api/journal/export?format=xlsx&kind=deals&symbol=EURUSD&symbol=GBPUSD&side=buy',
    )
  })

  it('know when they narrow the list', () => {
    expect([isFiltered(read('sort=symbol&page=2&tz=Asia/Tokyo')), isFiltered(read('side=buy'))]).toEqual([
      false,
      true,
    ])
  })

  it('turn the order round on a second click', () => {
    expect([nextTradeSort('-exited_at', 'volume'), nextTradeSort('-volume', 'volume')]).toEqual([
      '-volume',
      'volume',
    ])
  })
})
