import { describe, expect, it } from 'vitest'
import { sumCurves, thin } from '@/components/fleet/curve'
import { FIRST_SORT, nextSort, readChoice, readSort, writeSort } from '@/components/fleet/sorting'
import { unmetWish } from '@/components/instance/state'
import { anInstance } from '@/test-cast'

describe('the fleet', () => {
  it('keeps its order in the URL', () => {
    expect(readSort(writeSort({ key: 'day', isDown: true }))).toEqual({ key: 'day', isDown: true })
    expect(readSort('nonsense')).toEqual(FIRST_SORT)
    expect(nextSort(FIRST_SORT, 'equity')).toEqual({ key: 'equity', isDown: true })
    expect(nextSort({ key: 'name', isDown: false }, 'name').isDown).toBe(true)
  })

  it('asks for what the URL says, and for nothing that nobody can mean', () => {
    const asked = (search: string) => readChoice(new URLSearchParams(search))
    expect(asked('q=+eur+&state=error&sort=-day')).toEqual({ q: 'eur', state: 'error', sort: '-day' })
    expect(asked('state=happy&sort=-nonsense&q=+')).toEqual({ sort: 'state' })
    expect(asked(`q=${'x'.repeat(100)}`).q).toHaveLength(80)
  })

  it('says a wish only where it is not met yet', () => {
    const wish = (state: 'running' | 'paused' | 'error', desiredState: 'running' | 'paused' | 'stopped') =>
      unmetWish(anInstance({ state, desiredState }))
    expect([wish('running', 'running'), wish('running', 'paused'), wish('paused', 'running')]).toEqual([
      null,
      'pausing',
      'resuming',
    ])
    expect([wish('running', 'stopped'), wish('error', 'running')]).toEqual(['stopping', null])
  })

  it('adds the equity of accounts at each instant', () => {
    const at = (minute: number) => `2026-07-04T10:0${minute}:00Z`
    const point = (minute: number, equity: number) => ({ at: at(minute), balance: 0, equity })
    expect(sumCurves([[point(0, 100), point(2, 110)], [point(1, 50)], []])).toEqual([150, 150, 160])
    expect(thin([1, 2, 3, 4, 5], 3)).toEqual([1, 3, 5])
  })
})
