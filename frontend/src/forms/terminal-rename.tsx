import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { forgetAccount } from '@/api/terminal-queries'
import { renameTerminal } from '@/api/terminal-verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import type { TerminalActProps } from '@/forms/terminal-act'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function TerminalRenameDialog(props: TerminalActProps) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Rename terminal">
      <RenameForm {...props} />
    </Dialog>
  )
}

function RenameForm({ account, terminal, onClose }: TerminalActProps) {
  const cache = useQueryClient()
  const form = useForm({ defaultValues: { label: terminal.label } })
  const verb = useMutation({
    mutationFn: (label: string) => renameTerminal(terminal.id, label),
    onSuccess: () => {
      forgetAccount(cache, account.id)
      onClose()
    },
    onError: error => showRefusal(form, error),
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void form.handleSubmit(({ label }) => verb.mutate(label))(event)}>
      <Field label="Name" error={errors.label?.message} hint="As the machine that it runs on: VPS London.">
        {control => (
          <Input
            {...control}
            {...form.register('label', {
              required: 'Give the terminal a name.',
              maxLength: { value: 60, message: 'At most 60 characters.' },
            })}
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Rename
        </Button>
      </DialogActions>
    </form>
  )
}
