import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useForm } from 'react-hook-form'
import { expect, it, vi } from 'vitest'
import { InputFields } from '@/forms/input-fields'
import { type Draft, draftOf, fieldsOf, valuesOf } from '@/forms/inputs'

const fields = fieldsOf({
  properties: {
    fast: { type: 'integer', title: 'Fast EMA', default: 12, minimum: 2, 'x-unit': 'bars' },
    friday: { type: 'boolean', title: 'Close on Friday', default: false, description: 'No weekend.' },
  },
})

function Form({ onSave }: { onSave: (values: object) => void }) {
  const form = useForm<Draft>({ defaultValues: draftOf(fields, {}), mode: 'onTouched' })
  return (
    <form onSubmit={event => void form.handleSubmit(draft => onSave(valuesOf(fields, draft)))(event)}>
      <InputFields fields={fields} form={form} />
      <button type="submit">Save</button>
    </form>
  )
}

it('says what is wrong at the input, and hands over typed values once nothing is', async () => {
  const onSave = vi.fn()
  const user = userEvent.setup()
  render(<Form onSave={onSave} />)
  const fast = screen.getByLabelText('Fast EMA')
  await user.clear(fast)
  await user.type(fast, '1')
  await user.click(screen.getByText('Save'))
  expect(screen.getByText('Must be at least 2 bars.')).toBeTruthy()
  expect(fast.getAttribute('aria-invalid')).toBe('true')
  expect(onSave).not.toHaveBeenCalled()
  await user.clear(fast)
  await user.type(fast, '20')
  await user.click(screen.getByLabelText('Close on Friday'))
  await user.click(screen.getByText('Save'))
  expect(onSave).toHaveBeenCalledWith({ fast: 20, friday: true })
})

it('leads back to the default of one input', async () => {
  const user = userEvent.setup()
  render(<Form onSave={vi.fn()} />)
  const fast = screen.getByLabelText<HTMLInputElement>('Fast EMA')
  await user.type(fast, '0')
  expect(screen.getByText('1 of 2 inputs differ from the default.')).toBeTruthy()
  await user.click(screen.getByText('Reset to 12'))
  expect(fast.value).toBe('12')
  expect(screen.getByText('All inputs stand at their defaults.')).toBeTruthy()
})
