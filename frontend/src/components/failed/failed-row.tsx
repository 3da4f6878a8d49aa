import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronDown, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { toast } from 'sonner'
import { canOrder, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { FailedItem } from '@/api/records'
import { discardFailed, retryFailed } from '@/api/terminal-verbs'
import { kindWords, nextWords, pretty } from '@/components/failed/words'
import { Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { useMe } from '@/components/session'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'

interface Props {
  row: FailedItem
  isChosen: boolean
  onChoose: (isChosen: boolean) => void
}

export function FailedRow({ row, isChosen, onChoose }: Props) {
  const now = useNow()
  const [isOpen, setOpen] = useState(false)
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        <input
          type="checkbox"
          aria-label={`Choose: ${row.reason}`}
          checked={isChosen}
          onChange={event => onChoose(event.target.checked)}
          className="mt-1 size-4 shrink-0 accent-(--accent-strong)"
        />
        <div className="min-w-0 flex-1">
          <p className="break-words font-medium text-sm">{row.reason}</p>
          <p className="num mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-faint text-xs">
            <Badge tone={row.isOurs ? 'neutral' : 'warn'}>{row.isOurs ? 'Our fault' : 'Bad item'}</Badge>
            {kindWords(row.kind)} of{' '}
            <Link to={`/accounts/${row.accountId}`} className="rounded hover:text-ink hover:underline">
              {row.accountLabel}
            </Link>
            · <Moment at={row.createdAt} /> · {nextWords(row, now)}
          </p>
          <div className="mt-2 flex flex-wrap gap-1.5">
            <Button size="sm" variant="ghost" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              <ChevronDown className={cx('transition-transform', isOpen && 'rotate-180')} />
              {isOpen ? 'Hide what was sent' : 'What was sent'}
            </Button>
            <Retry row={row} />
            <Discard row={row} />
          </div>
          {isOpen && (
            <pre className="mt-2 max-h-80 overflow-auto rounded-lg border border-line bg-canvas p-3 font-mono text-muted text-xs leading-relaxed">
              {pretty(row.item)}
            </pre>
          )}
        </div>
      </div>
    </li>
  )
}

function Retry({ row }: { row: FailedItem }) {
  const me = useMe()
  const cache = useQueryClient()
  const verb = useMutation({
    mutationFn: () => retryFailed(row.id),
    onSuccess: ({ recorded, detail }) => {
      if (recorded) toast.success('It is recorded now')
      else toast.error('It could not be recorded this time either', { description: detail })
      void cache.invalidateQueries({ queryKey: ['failed-items'] })
      if (recorded) void cache.invalidateQueries({ queryKey: ['trades'] })
    },
    onError: error => toast.error(sentenceOf(error)),
  })
  return (
    <Button
      size="sm"
      variant="ghost"
      isBusy={verb.isPending}
      disabledReason={whyNot(canOrder(me))}
      onClick={() => verb.mutate()}
    >
      <RotateCw /> Try again
    </Button>
  )
}

function Discard({ row }: { row: FailedItem }) {
  const me = useMe()
  const cache = useQueryClient()
  const [isSure, setSure] = useState(false)
  const verb = useMutation({
    mutationFn: () => discardFailed([row.id]),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['failed-items'] }),
    onError: error => toast.error(sentenceOf(error)),
  })
  return (
    <Button
      size="sm"
      variant={isSure ? 'danger' : 'ghost'}
      isBusy={verb.isPending}
      disabledReason={whyNot(canOrder(me))}
      onBlur={() => setSure(false)}
      onClick={() => (isSure ? verb.mutate() : setSure(true))}
    >
      <Trash2 /> {isSure ? 'Discard for good' : 'Discard'}
    </Button>
  )
}
