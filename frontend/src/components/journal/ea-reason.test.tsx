import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { EaReason } from '@/components/journal/ea-reason'

test('a trade says why its EA opened it, as the EA wrote it', () => {
  render(<EaReason trade={{ eaTag: 'breakout', eaNote: 'close above the <b>20-bar</b> high' }} />)
  const reason = screen.getByRole('region', { name: 'Why the EA opened it' })
  expect(reason.textContent).toContain('breakout')
  expect(reason.textContent).toContain('close above the <b>20-bar</b> high')
})

test('a note without a tag is shown alone', () => {
  render(<EaReason trade={{ eaTag: '', eaNote: 'the range broke' }} />)
  expect(screen.getByText('the range broke')).toBeTruthy()
})

test('where the EA said nothing there is nothing to read', () => {
  const { container } = render(<EaReason trade={{ eaTag: '', eaNote: '' }} />)
  expect(container.textContent).toBe('')
})
