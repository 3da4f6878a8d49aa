import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { saveFilter } from '@/api/journal-verbs'
import { type JournalChoice, toSaved } from '@/components/journal/filters'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  choice: JournalChoice
  isOpen: boolean
  onClose: () => void
}

export function FilterSaveDialog({ choice, isOpen, onClose }: Props) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Save this filter"
      description="It stands in the menu “Saved” for you, wherever you sign in."
    >
      <SaveForm choice={choice} onClose={onClose} />
    </Dialog>
  )
}

function SaveForm({ choice, onClose }: { choice: JournalChoice; onClose: () => void }) {
  const cache = useQueryClient()
  const form = useForm({ defaultValues: { name: '' } })
  const verb = useMutation({
    mutationFn: ({ name }: { name: string }) => saveFilter({ name: name.trim(), query: toSaved(choice) }),
    onSuccess: async row => {
      await cache.invalidateQueries({ queryKey: ['filters'] })
      toast.success(`Saved as “${row.name}”`)
      onClose()
    },
    onError: error => showRefusal(form, error),
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void form.handleSubmit(values => verb.mutate(values))(event)}>
      <Field label="Name" error={errors.name?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('name', { required: 'Give it a name.', maxLength: 60 })}
            maxLength={60}
            placeholder="Gold on Mondays"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Save filter
        </Button>
      </DialogActions>
    </form>
  )
}
