import { describe, expect, it } from 'vitest'
import { heatOf, heatScale, monthsOf, weeksOf } from '@/components/journal/calendar-layout'
import { histogram } from '@/components/journal/histogram'
import { PERIODS, periodWords } from '@/components/journal/periods'
import { addMonths, dayIn, startOfDay } from '@/format/day'

const figure = (day: string, netProfit: number, trades = 1) => ({
  day,
  netProfit,
  trades,
  wins: 0,
  losses: 0,
})

describe('the calendar', () => {
  it('lays a month out from Monday and adds up only its own days', () => {
    const rows = [figure('2026-06-30', 99), figure('2026-07-01', 10, 2), figure('2026-07-05', -4)]
    const weeks = weeksOf('2026-07', new Map(rows.map(row => [row.day, row])))
    expect(weeks.map(week => week.days.length)).toEqual([7, 7, 7, 7, 7])
    expect(weeks[0]).toMatchObject({
      days: [null, null, '2026-07-01', '2026-07-02', '2026-07-03', '2026-07-04', '2026-07-05'],
      netProfit: 6,
      trades: 3,
    })
    expect(weeks.at(-1)?.days.at(-1)).toBeNull()
  })

  it('gives a February of four whole weeks four lines', () => {
    expect(weeksOf('2027-02', new Map())).toHaveLength(4)
  })

  it('knows twelve months and the ones over the turn of the year', () => {
    expect([monthsOf('2026').at(-1), addMonths('2026-12', 1), addMonths('2026-01', -1)]).toEqual([
      '2026-12',
      '2027-01',
      '2025-12',
    ])
  })

  it('keeps one outlier from paling every other day', () => {
    const rows = [
      ...Array.from({ length: 19 }, (_, index) => figure(`2026-07-${index}`, 10)),
      figure('x', 5000),
    ]
    expect(heatScale(rows)).toBe(10)
    expect([heatOf(0, 10), heatOf(0.1, 10) > 0, heatOf(5000, 10), heatOf(5, 0)]).toEqual([0, true, 38, 0])
  })
})

describe('the histogram', () => {
  it('never lets a gain share a bar with a loss', () => {
    const bins = histogram([-1, -0.2, 0, 0.3, 2.4])
    expect(bins.some(bin => bin.from < 0 && bin.to > 0)).toBe(false)
    expect(bins.reduce((all, bin) => all + bin.count, 0)).toBe(5)
  })

  it('widens its bars before there are too many', () => {
    const bins = histogram([-40, 160])
    expect(bins.length).toBeLessThanOrEqual(24)
    expect([bins[0]?.count, bins.at(-1)?.count]).toEqual([1, 1])
  })

  it('of nothing has no bars, of one value has one', () => {
    expect([histogram([]).length, histogram([1.5])]).toEqual([0, [{ from: 1.5, to: 1.6, count: 1 }]])
  })
})

describe('days', () => {
  it('begin where the zone says, also when its clocks change', () => {
    expect(startOfDay('2026-03-29', 'Europe/Berlin').toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(startOfDay('2026-03-30', 'Europe/Berlin').toISOString()).toBe('2026-03-29T22:00:00.000Z')
    expect(startOfDay('2026-07-04', 'America/New_York').toISOString()).toBe('2026-07-04T04:00:00.000Z')
    expect(dayIn(new Date('2026-07-04T23:30:00Z'), 'Asia/Tokyo')).toBe('2026-07-05')
  })

  it('of a period are reckoned from today', () => {
    const spans = Object.fromEntries(PERIODS.map(period => [period.name, period.of('2026-03-04')]))
    expect(spans['Last month']).toEqual({ from: '2026-02-01', to: '2026-02-28' })
    expect(spans['This week']).toEqual({ from: '2026-03-02', to: '2026-03-04' })
    expect(spans['Last week']).toEqual({ from: '2026-02-23', to: '2026-03-01' })
  })

  it('are said by the name of their period where they have one', () => {
    expect(periodWords('2026-02-01', '2026-02-28', '2026-03-04')).toBe('Last month')
    expect(periodWords('2026-02-01', '', '2026-03-04')).toBe('since 1 Feb')
    expect(periodWords('2025-02-01', '2026-02-02', '2026-03-04')).toBe('1 Feb 2025 – 2 Feb')
  })
})
