import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Autosave, type SaveState } from '@/components/journal/autosave'

function keeper(save: (value: string, isLeaving: boolean) => Promise<unknown>) {
  const states: SaveState[] = []
  const autosave = new Autosave<string>({ save, pauseMs: 500, onState: state => states.push(state) })
  return { autosave, states }
}

describe('what is written', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is saved once, after the writer pauses', async () => {
    const save = vi.fn(() => Promise.resolve())
    const { autosave, states } = keeper(save)
    autosave.change('a')
    await vi.advanceTimersByTimeAsync(400)
    autosave.change('ab')
    await vi.advanceTimersByTimeAsync(500)
    expect(save.mock.calls).toEqual([['ab', false]])
    expect(states).toEqual(['waiting', 'waiting', 'saving', 'saved'])
  })

  it('during a save is saved after it, and never beside it', async () => {
    const answers: (() => void)[] = []
    const save = vi.fn(() => new Promise<void>(resolve => answers.push(resolve)))
    const { autosave, states } = keeper(save)
    autosave.change('first')
    await vi.advanceTimersByTimeAsync(500)
    autosave.change('second')
    await vi.advanceTimersByTimeAsync(5000)
    expect(save).toHaveBeenCalledTimes(1)
    answers[0]?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(save).toHaveBeenLastCalledWith('second', false)
    expect(states).not.toContain('saved')
    answers[1]?.()
    await vi.advanceTimersByTimeAsync(0)
    expect([states.at(-1), autosave.isPending]).toEqual(['saved', false])
  })

  it('is sent at once when the screen goes away', async () => {
    const save = vi.fn(() => Promise.resolve())
    const { autosave } = keeper(save)
    autosave.change('half a sen')
    autosave.flush(true)
    expect(save.mock.calls).toEqual([['half a sen', true]])
    await vi.advanceTimersByTimeAsync(1000)
    expect(save).toHaveBeenCalledTimes(1)
  })

  it('is kept when saving fails, and saved by the next try', async () => {
    const save = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue()
    const { autosave, states } = keeper(save)
    autosave.change('keep me')
    await vi.advanceTimersByTimeAsync(500)
    expect([states.at(-1), autosave.isPending]).toEqual(['failed', true])
    autosave.flush()
    await vi.advanceTimersByTimeAsync(0)
    expect(save).toHaveBeenLastCalledWith('keep me', false)
    expect(states.at(-1)).toBe('saved')
  })

  it('with nothing left saves nothing', async () => {
    const save = vi.fn(() => Promise.resolve())
    keeper(save).autosave.flush(true)
    expect(save).not.toHaveBeenCalled()
  })
})
