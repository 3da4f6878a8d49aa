import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { placeErrors } from '@/api/problem'
import { Callout } from '@/ui/callout'

/** Show a refusal where it belongs: at its fields, the rest as a sentence above the buttons. */
export function showRefusal<Values extends FieldValues>(form: UseFormReturn<Values>, error: unknown): void {
  const { fields, rest } = placeErrors(error, Object.keys(form.getValues()))
  for (const [name, message] of Object.entries(fields)) form.setError(name as Path<Values>, { message })
  const first = Object.keys(fields)[0]
  if (first) form.setFocus(first as Path<Values>)
  if (rest) form.setError('root', { message: rest })
}

export function RefusalNote({ text }: { text: string | undefined }) {
  if (!text) return null
  return (
    <Callout tone="loss" className="mt-4">
      {text}
    </Callout>
  )
}
