import { describe, expect, it } from 'vitest'
import { type BoardRow, withWish } from '@/api/board'
import {
  chosenRows,
  type Facet,
  linesOf,
  NONE,
  readChoice,
  sortAfter,
  totalsOf,
  wordsOf,
} from '@/components/board/board'

const aRow = (changes: Partial<BoardRow>): BoardRow => ({
  id: changes.label ?? 'a',
  label: 'a',
  platform: 'mt5',
  login: 1,
  server: 'Broker-Live',
  currency: 'USD',
  balance: 100,
  equity: 110,
  dayProfit: 1,
  dayBeganAt: '2026-03-02T00:00:00Z',
  totalProfit: 10,
  openPositions: 1,
  daysTraded: 1,
  holder: '',
  firm: '',
  phase: 'F1',
  phaseSince: null,
  group: '',
  initialBalance: null,
  programmeId: null,
  programme: '',
  drawdown: null,
  host: '',
  telemetry: 'fresh',
  heartbeatAt: null,
  ...changes,
})

const ROWS = [
  aRow({ label: 'b', phase: 'F2', group: 'Wave', equity: 300 }),
  aRow({ label: 'a', holder: 'Ann', equity: null }),
  aRow({ label: 'c', currency: 'EUR', group: 'Ants', equity: 200 }),
]
const names = (search: string) =>
  chosenRows(ROWS, readChoice(new URLSearchParams(search)))
    .map(row => row.label)
    .join('')

describe('the board', () => {
  it('filters and sorts by what the URL says', () => {
    expect(names('')).toBe('abc')
    expect(names('sort=-equity')).toBe('bca')
    expect(names('sort=nonsense&by=nonsense')).toBe('abc')
    expect(names('phase=F2')).toBe('b')
    expect(names(`group=${NONE}`)).toBe('a')
    expect(names('q=ANN+broker')).toBe('a')
    expect(names('q=nobody')).toBe('')
  })

  it('turns a sorted head round and begins another with the largest', () => {
    const choice = readChoice(new URLSearchParams('sort=-equity'))
    expect(sortAfter(choice, 'equity')).toBe('equity')
    expect(sortAfter(choice, 'day')).toBe('-day')
    expect(sortAfter(choice, 'label')).toBe('label')
  })

  it('adds up no two currencies', () => {
    expect(totalsOf(ROWS).map(sum => [sum.currency, sum.accounts, sum.equity])).toEqual([
      ['USD', 2, 300],
      ['EUR', 1, 200],
    ])
  })

  it('keeps the head of a closed section and hides its rows', () => {
    const shown = (by: Facet | '', closed: string[] = []) =>
      linesOf(chosenRows(ROWS, readChoice(new URLSearchParams())), by, new Set(closed)).map(line =>
        line.kind === 'row' ? line.row.label : `[${line.name}]`,
      )
    expect(shown('')).toEqual(['a', 'b', 'c'])
    expect(shown('group', ['Ants'])).toEqual(['[Ants]', '[Wave]', 'b', '[]', 'a'])
    expect(wordsOf(ROWS, 'group')).toEqual(['', 'Ants', 'Wave'])
  })

  it('shows a wish at once, of the accounts that it is about', () => {
    const after = withWish(
      { rows: ROWS, accounts: ROWS.length },
      { ids: ['b', 'c'], set: { phase: 'funded' } },
    )
    expect(after.rows.map(row => row.phase)).toEqual(['funded', 'F1', 'funded'])
    expect(after.rows[1]).toBe(ROWS[1])
  })
})
