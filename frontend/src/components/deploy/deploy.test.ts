import { describe, expect, it } from 'vitest'
import { type Choices, ownInputs, readChoices, writeChoices } from '@/components/deploy/choices'
import { milestones, tookSeconds } from '@/components/deploy/progress'
import { anInstanceDetail } from '@/test-cast'

const read = (search: string) => readChoices(new URLSearchParams(search))

describe('the wizard', () => {
  it('keeps all that was chosen in the URL', () => {
    const choices: Choices = {
      step: 'review',
      template: 'grid',
      account: 'a1',
      symbol: 'GBPUSD',
      name: 'My grid',
      inputs: { max_levels: '6' },
      instance: '',
    }
    expect(readChoices(writeChoices(choices))).toEqual(choices)
  })

  it.each([
    ['', 'template'],
    ['step=review', 'template'],
    ['template=grid', 'template'],
    ['template=grid&step=place', 'place'],
    ['template=grid&step=review', 'place'],
    ['template=grid&account=a&symbol=S&step=inputs', 'inputs'],
    ['template=grid&account=a&symbol=S&step=nonsense', 'template'],
    ['instance=i1', 'launch'],
  ])('shows the furthest step that the URL has reached: %s', (search, step) => {
    expect(read(search).step).toBe(step)
  })

  it('names only inputs that differ from their defaults', () => {
    expect(
      ownInputs({ fast: '9', slow: '34', friday: true }, { fast: '12', slow: '34', friday: false }),
    ).toEqual({
      fast: '9',
      friday: 'true',
    })
  })
})

describe('the progress of a deployment', () => {
  const run = {
    id: 'r1',
    generation: 1,
    state: 'starting',
    version: '1.0.0',
    driver: 'process',
    host: 'desk',
    startedAt: '2026-07-04T10:00:01Z',
    firstHeartbeatAt: null,
    endedAt: null,
    endReason: '',
    isCrash: false,
    hasReceipt: false,
    cpuPercent: null,
    memoryMb: null,
  }
  const created = { createdAt: '2026-07-04T10:00:00Z', heartbeatAt: null }
  const states = (changes: Parameters<typeof anInstanceDetail>[0]) =>
    milestones(anInstanceDetail({ ...created, ...changes })).map(step => step.state)

  it('goes no further than what was reported', () => {
    expect(states({})).toEqual(['done', 'now', 'next', 'next'])
    expect(states({ runs: [run] })).toEqual(['done', 'done', 'now', 'next'])
    expect(states({ runs: [run], heartbeatAt: '2026-07-04T10:00:02Z' })).toEqual([
      'done',
      'done',
      'done',
      'now',
    ])
  })

  it('takes no heartbeat or receipt of an earlier life for this one', () => {
    expect(states({ runs: [run], heartbeatAt: '2026-07-04T09:00:00Z' })).toEqual([
      'done',
      'done',
      'now',
      'next',
    ])
    const old = { ...run, generation: 1 }
    expect(states({ generation: 2, runs: [old] })).toEqual(['done', 'now', 'next', 'next'])
  })

  it('has no duration before there is a receipt', () => expect(tookSeconds(anInstanceDetail())).toBeNull())
})
