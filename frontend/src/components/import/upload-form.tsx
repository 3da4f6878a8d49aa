import { useMutation, useQueryClient } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import { fileFault, megabytes, uploadHistory } from '@/api/upload'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { DropZone } from '@/ui/drop-zone'

const ACCEPT = '.html,.htm,.xlsx,.csv,.json,.txt,.zip'

interface Props {
  /** Missing while none is chosen. */
  accountId: string | undefined
  /** IANA name; empty for the account's own. */
  timezone: string
}

/** Drop a file, see it go up, and land on its preview. */
export function UploadForm({ accountId, timezone }: Props) {
  const refused = whyNot(canTenant('connectAccount', null, useMe()))
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [file, setFile] = useState<File | null>(null)
  const [share, setShare] = useState(0)
  const [fault, setFault] = useState<string>()
  const abort = useRef<AbortController | null>(null)
  const verb = useMutation({
    mutationFn: (chosen: File) => {
      abort.current = new AbortController()
      const { signal } = abort.current
      return uploadHistory({
        accountId: accountId ?? '',
        file: chosen,
        timezone,
        onProgress: setShare,
        signal,
      })
    },
    onSuccess: made => {
      cache.setQueryData(['imports', 'one', made.id], made)
      void cache.invalidateQueries({ queryKey: ['imports', 'list'] })
      void navigate(`/imports/${made.id}`)
    },
    onError: error => setFault(error.name === 'AbortError' ? undefined : sentenceOf(error)),
  })
  const take = (chosen: File) => {
    const reason = accountId
      ? fileFault(chosen)
      : 'Choose the account first that this file is the history of.'
    setFault(reason)
    if (reason) return
    setFile(chosen)
    setShare(0)
    verb.mutate(chosen)
  }
  if (refused) return <p className="text-muted text-sm">{refused}</p>
  return (
    <div className="space-y-3">
      {verb.isPending && file ? (
        <UploadProgress file={file} share={share} onStop={() => abort.current?.abort()} />
      ) : (
        <DropZone onFile={take} accept={ACCEPT} title="Drop a history file here, or choose one">
          MT5 report (HTML, XLSX), MT4 statement, MetaTrader5 dump (JSON, CSV, XLSX, or a ZIP of them), MQL5
          signal or FTMO CSV. At most 10 MB. You see what it holds before anything is recorded.
        </DropZone>
      )}
      {fault && (
        <Callout tone="loss" title="The file was not taken">
          {fault}
        </Callout>
      )}
    </div>
  )
}

function UploadProgress({ file, share, onStop }: { file: File; share: number; onStop: () => void }) {
  const isUp = share >= 1
  const percent = Math.round(share * 100)
  return (
    <div className="rounded-xl border border-line-strong bg-canvas px-5 py-4">
      <div className="flex items-center gap-3">
        <p className="min-w-0 flex-1 text-sm">
          <span className="block truncate font-medium">{file.name}</span>
          <span className="num block text-muted text-xs" aria-live="polite">
            {isUp ? 'Reading it…' : `${percent} % of ${megabytes(file.size)}`}
          </span>
        </p>
        <Button variant="ghost" size="icon" aria-label="Give up this upload" onClick={onStop}>
          <X />
        </Button>
      </div>
      <div
        role="progressbar"
        aria-label="Upload"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="mt-3 h-1.5 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className={`h-full rounded-full bg-accent transition-[width] ${isUp ? 'animate-sheen' : ''}`}
          style={{ width: `${Math.max(3, percent)}%` }}
        />
      </div>
    </div>
  )
}
