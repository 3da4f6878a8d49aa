import { describe, expect, it } from 'vitest'
import { exportLink, isFiltered, nextTradeSort, readJournal, toFilters } from '@/components/journal/filters'

const read = (search: string) => readJournal(new URLSearchParams(search))

describe("the journal's filters", () => {
  it('ask for whole UTC days, both ends included', () => {
    expect(toFilters(read('from=2026-07-01&to=2026-07-01&symbol=EURUSD'))).toEqual({
      from: '2026-07-01T00:00:00Z',
      to: '2026-07-02T00:00:00.000Z',
      symbol: 'EURUSD',
      sort: '-exited_at',
      page: 1,
      pageSize: 50,
    })
  })

  it('take nothing from the URL that is not of their kind', () => {
    expect(read('side=up&state=gone&from=yesterday&page=-3')).toMatchObject({
      side: '',
      state: '',
      from: '',
      page: 1,
    })
  })

  it('export what is shown, all pages of it', () => {
    expect(exportLink(read('side=buy&page=4'))).toBe('/api/trades/export.csv?sort=-exited_at&side=buy')
  })

  it('know when they narrow the list', () => {
    expect([isFiltered(read('sort=symbol&page=2')), isFiltered(read('side=buy'))]).toEqual([false, true])
  })

  it('turn the order round on a second click', () => {
    expect([nextTradeSort('-exited_at', 'volume'), nextTradeSort('-volume', 'volume')]).toEqual([
      '-volume',
      'volume',
    ])
  })
})
