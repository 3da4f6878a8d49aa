import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { HoldButton } from '@/ui/hold-button'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function hold(start: () => void, end: () => void, forMs: number): void {
  start()
  act(() => vi.advanceTimersByTime(forMs))
  end()
}

it('acts once it was held long enough, by finger or by key, and not before', () => {
  const onHeld = vi.fn()
  render(<HoldButton onHeld={onHeld}>Close all</HoldButton>)
  const button = screen.getByRole('button')
  hold(
    () => fireEvent.pointerDown(button),
    () => fireEvent.pointerUp(button),
    800,
  )
  expect(onHeld).not.toHaveBeenCalled()
  expect(screen.getByText('Not long enough.')).toBeTruthy()
  hold(
    () => fireEvent.pointerDown(button),
    () => fireEvent.pointerUp(button),
    1300,
  )
  expect(onHeld).toHaveBeenCalledTimes(1)
  hold(
    () => fireEvent.keyDown(button, { key: 'Enter' }),
    () => fireEvent.keyUp(button, { key: 'Enter' }),
    1300,
  )
  expect(onHeld).toHaveBeenCalledTimes(2)
})

it('is confirmed plainly by who cannot hold it', () => {
  const onHeld = vi.fn()
  render(<HoldButton onHeld={onHeld}>Close all</HoldButton>)
  // A screen reader clicks without pointer or key.
  fireEvent.click(screen.getByRole('button', { name: 'Close all' }), { detail: 0 })
  expect(onHeld).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Confirm without holding' }))
  expect(onHeld).toHaveBeenCalledTimes(1)
  expect(screen.queryByRole('button', { name: 'Confirm without holding' })).toBeNull()
})

it('that is busy does not act again', () => {
  const onHeld = vi.fn()
  render(
    <HoldButton isBusy onHeld={onHeld}>
      Close all
    </HoldButton>,
  )
  hold(
    () => fireEvent.pointerDown(screen.getByRole('button')),
    () => undefined,
    2000,
  )
  expect(onHeld).not.toHaveBeenCalled()
})
