import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError, problemOf } from '@/api/problem'
import { addRule, type Rule, type RuleKind } from '@/api/rules'
import { RuleDialog } from '@/forms/rule-edit'
import { TooltipProvider } from '@/ui/tooltip'

const loss: RuleKind = {
  kind: 'loss',
  title: 'Loss',
  help: 'Equity has fallen by so much.',
  severity: 'critical',
  scopes: ['tenant', 'group', 'account'],
  canAct: true,
  hasStages: true,
  params: {
    type: 'object',
    properties: {
      limit: { type: 'number', title: 'Limit', default: 1000 },
      unit: {
        enum: ['money', 'percent'],
        title: 'In',
        default: 'money',
        'x-labels': { money: 'The account’s currency', percent: 'Percent' },
      },
    },
  },
}
const load: RuleKind = {
  ...loss,
  kind: 'host_load',
  title: 'Machine’s load',
  severity: 'warning',
  scopes: ['tenant', 'host'],
  canAct: false,
  hasStages: false,
  params: { type: 'object', properties: { above: { type: 'number', title: 'Above', default: 80 } } },
}

vi.mock('@/api/rules', async original => ({ ...(await original<object>()), addRule: vi.fn() }))
const asked = vi.mocked(addRule)

beforeEach(() => {
  asked.mockReset()
})

function show() {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
  cache.setQueryData(['rule-kinds'], [load, loss])
  cache.setQueryData(['scopes'], [{ scope: 'account', id: 'a1', label: 'Alpha' }])
  const onClose = vi.fn()
  render(
    <QueryClientProvider client={cache}>
      <TooltipProvider>
        <RuleDialog isOpen onClose={onClose} />
      </TooltipProvider>
    </QueryClientProvider>,
  )
  return onClose
}

const add = () => userEvent.click(screen.getByRole('button', { name: 'Add rule' }))

test('the form is what the kind asks for, and sends what was chosen', async () => {
  asked.mockResolvedValue({ name: 'Loss' } as Rule)
  const onClose = show()
  expect(screen.getByText(/People are warned at 50, 75 and 90 %/)).toBeTruthy()
  await userEvent.clear(screen.getByLabelText('Limit'))
  await userEvent.type(screen.getByLabelText('Limit'), '5')
  await userEvent.selectOptions(screen.getByLabelText('In'), 'Percent')
  await userEvent.selectOptions(screen.getByLabelText('About'), 'An account')
  await userEvent.click(screen.getByRole('checkbox', { name: /^pause/i }))
  await add()
  await waitFor(() => expect(onClose).toHaveBeenCalled())
  expect(asked).toHaveBeenCalledWith({
    kind: 'loss',
    name: 'Loss',
    severity: 'critical',
    params: { limit: 5, unit: 'percent' },
    scope: 'account',
    scopeId: 'a1',
    actions: ['notify', 'pause'],
  })
})

test('another kind has another form; what is about machines cannot act on accounts', async () => {
  show()
  await userEvent.selectOptions(screen.getByLabelText('What to watch'), 'Machine’s load')
  expect(screen.queryByLabelText('Limit')).toBeNull()
  expect(screen.getByLabelText('Above')).toBeTruthy()
  expect(screen.queryByRole('checkbox', { name: /^pause/i })).toBeNull()
  await userEvent.selectOptions(screen.getByLabelText('About'), 'A machine')
  expect(screen.getByText('There is none yet.')).toBeTruthy()
  await add()
  expect(asked).not.toHaveBeenCalled()
})

test('a refusal stands at the field that it names', async () => {
  const fault = { pointer: '/params/limit', detail: 'expected a number above 0' }
  asked.mockRejectedValue(new ApiError(problemOf({ detail: 'x', errors: [fault] }, 400)))
  const onClose = show()
  await add()
  expect(await screen.findByText('Expected a number above 0')).toBeTruthy()
  expect(onClose).not.toHaveBeenCalled()
})
