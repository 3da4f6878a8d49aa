import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { Button } from '@/ui/button'
import { TooltipProvider } from '@/ui/tooltip'

it('that cannot be used says why to whoever reaches it by key', async () => {
  const onClick = vi.fn()
  render(
    <TooltipProvider>
      <Button disabledReason="It is stopped already." onClick={onClick}>
        Stop
      </Button>
    </TooltipProvider>,
  )
  const user = userEvent.setup()
  await user.tab()
  const button = screen.getByRole('button', { name: 'Stop' })
  expect(document.activeElement).toBe(button)
  expect((await screen.findByRole('tooltip')).textContent).toBe('It is stopped already.')
  await user.keyboard('{Enter}')
  expect(onClick).not.toHaveBeenCalled()
})

it('that is busy takes no second click', async () => {
  const onClick = vi.fn()
  render(
    <Button isBusy onClick={onClick}>
      Save
    </Button>,
  )
  await userEvent.click(screen.getByRole('button'))
  expect(onClick).not.toHaveBeenCalled()
})
