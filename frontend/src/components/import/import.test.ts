import { describe, expect, it } from 'vitest'
import { fileFault } from '@/api/upload'
import { figureText, inOrder, journalText, tally } from '@/components/import/figures'

const figure = (
  name: string,
  matches: boolean | null,
  printed: number | null = 1,
  journal: number | null = 1,
) => ({
  name,
  printed,
  journal,
  matches,
})

describe('the figures of a report', () => {
  it('that differ come first, those that nobody compares last', () => {
    const rows = [figure('a', true), figure('b', null), figure('c', false)]
    expect(inOrder(rows).map(row => row.name)).toEqual(['c', 'a', 'b'])
    expect(tally(rows)).toEqual({ same: 1, different: 1 })
  })

  it('are written as money is', () => {
    expect(figureText(null)).toBe('—')
    expect(figureText(1234.5)).toBe('1,234.50')
    expect(figureText(-0.17059)).toBe('−0.1706')
    expect(figureText(9)).toBe('9')
  })

  it('that agree have the digits that the report prints, and all of them where they do not', () => {
    expect(journalText(figure('dd', true, 99.68, 99.6782))).toBe('99.68')
    expect(journalText(figure('pf', true, 0.8298, 0.82976))).toBe('0.8298')
    expect(journalText(figure('dd', false, 99.68, 99.7123))).toBe('99.7123')
  })
})

describe('a file', () => {
  it.each([
    ['report.html', 1000, undefined],
    ['Report.XLSX', 1000, undefined],
    ['dump.zip', 1000, undefined],
    ['photo.png', 1000, /no history/],
    ['report.html', 0, /empty/],
    ['report.html', 11 * 1024 * 1024, /11\.0 MB, and 10 MB is the most/],
  ])('%s of %i bytes', (name, size, fault) => {
    const found = fileFault({ name, size })
    if (fault) expect(found).toMatch(fault)
    else expect(found).toBeUndefined()
  })
})
