import { FileCode2 } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { useOperatorVerb } from '@/api/operator-verbs'
import { sourceFault, uploadVersion } from '@/api/release-verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { DropZone } from '@/ui/drop-zone'
import { Field } from '@/ui/field'

interface Props {
  isOpen: boolean
  onClose: () => void
}

/** Upload a version of an EA, and go to its review. */
export function EaUploadDialog({ isOpen, onClose }: Props) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Upload an EA"
      description="The file’s slug says which EA it is a version of; a new slug makes a new EA."
    >
      <UploadForm onClose={onClose} />
    </Dialog>
  )
}

interface Sent {
  file: File
  changelog: string
}

function UploadForm({ onClose }: Pick<Props, 'onClose'>) {
  const [file, setFile] = useState<File>()
  const [fault, setFault] = useState<string>()
  const navigate = useNavigate()
  const form = useForm({ defaultValues: { changelog: '' } })
  const verb = useOperatorVerb(({ file, changelog }: Sent) => uploadVersion(file, changelog))
  const take = (chosen: File) => {
    const reason = sourceFault(chosen)
    setFault(reason)
    setFile(reason ? undefined : chosen)
    form.clearErrors('root')
  }
  const submit = form.handleSubmit(({ changelog }) => {
    if (!file) return setFault('Choose the EA’s .py file first.')
    verb.mutate(
      { file, changelog },
      {
        onSuccess: made => void navigate(`/operator/eas/${made.id}`),
        onError: error => showRefusal(form, error),
      },
    )
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <DropZone
        onFile={take}
        accept=".py"
        title={
          file ? (
            <span className="flex items-center gap-1.5">
              <FileCode2 aria-hidden className="size-4 text-accent" /> {file.name}
            </span>
          ) : (
            'Drop the EA’s .py file here, or choose one'
          )
        }
      >
        {file
          ? `${Math.max(1, Math.round(file.size / 1024))} kB. Choose again to take another.`
          : 'One class of Expert, at most 64 kB. It is checked, tried out in the sandbox, and waits for a person.'}
      </DropZone>
      {fault && (
        <Callout tone="loss" className="mt-3">
          {fault}
        </Callout>
      )}
      <Field
        label="What is new"
        hint="Customers read it in the catalogue."
        error={errors.changelog?.message}
        className="mt-4"
      >
        {control => (
          <textarea
            {...control}
            {...form.register('changelog', {
              required: 'Say what is new in this version.',
              maxLength: { value: 4000, message: 'At most 4,000 characters.' },
            })}
            rows={4}
            placeholder="Smaller stops after news."
            className="w-full rounded-lg border border-line-strong bg-canvas px-3 py-2 text-sm placeholder:text-faint"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Upload
        </Button>
      </DialogActions>
    </form>
  )
}
