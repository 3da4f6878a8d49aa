import { BrainCircuit } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { MOST_MODEL_BYTES, uploadModel, useModelVerb } from '@/api/models'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { DropZone } from '@/ui/drop-zone'

interface Props {
  isOpen: boolean
  onClose: () => void
}

/** Register a model's file as a draft, and go to its card. */
export function ModelUploadDialog({ isOpen, onClose }: Props) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Register a model"
      description="The file’s own name says which model it is a version of; a new name makes a new model."
    >
      <UploadForm onClose={onClose} />
    </Dialog>
  )
}

function faultOf(file: File): string | undefined {
  if (!/\.mfm$/i.test(file.name)) return `${file.name} is no model: choose an .mfm file.`
  if (file.size > MOST_MODEL_BYTES) return `${file.name} is larger than 8 MB, the most that is taken.`
}

function UploadForm({ onClose }: Pick<Props, 'onClose'>) {
  const [file, setFile] = useState<File>()
  const [fault, setFault] = useState<string>()
  const navigate = useNavigate()
  const verb = useModelVerb(uploadModel)
  const take = (chosen: File) => {
    const reason = faultOf(chosen)
    setFault(reason)
    setFile(reason ? undefined : chosen)
    verb.reset()
  }
  const send = () => {
    if (!file) return setFault('Choose the model’s .mfm file first.')
    verb.mutate(file, {
      onSuccess: made => void navigate(`/models/${made.modelId}?version=${made.id}`),
    })
  }
  return (
    <>
      <DropZone
        onFile={take}
        accept=".mfm"
        title={
          file ? (
            <span className="flex items-center gap-1.5">
              <BrainCircuit aria-hidden className="size-4 text-accent" /> {file.name}
            </span>
          ) : (
            'Drop the model’s .mfm file here, or choose one'
          )
        }
      >
        {file
          ? `${Math.max(1, Math.round(file.size / 1024))} kB. Choose again to take another.`
          : 'As a training writes it, at most 8 MB. It is a draft until a person promotes it.'}
      </DropZone>
      {fault && (
        <Callout tone="loss" className="mt-3">
          {fault}
        </Callout>
      )}
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" isBusy={verb.isPending} onClick={send}>
          Register
        </Button>
      </DialogActions>
    </>
  )
}
