import { CirclePause, CirclePlay, X } from 'lucide-react'
import { useState } from 'react'
import type { BoardRow } from '@/api/board'
import { PHASES, totalsOf } from '@/components/board/board'
import type { Written } from '@/components/board/use-set'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { type BoardAct, BoardActDialog, MOST_AT_ONCE } from '@/forms/board-act'
import { Button } from '@/ui/button'
import { Input, Select } from '@/ui/input'
import { Profit } from '@/ui/profit'

/** So many ids an address can carry. */
const MOST_IN_ADDRESS = 100

const FIELDS: Record<Written, string> = { phase: 'Phase', group: 'Group', holder: 'Holder', firm: 'Firm' }

interface Props {
  /** What is summed: the chosen accounts, or all that are shown. */
  rows: readonly BoardRow[]
  isChosen: boolean
  reason: string | undefined
  onSet: (field: Written, value: string) => void
  onClear: () => void
}

/** Stays in sight under the table: the sums, and what can be done with the accounts that are chosen. */
export function BoardFoot({ rows, isChosen, reason, onSet, onClear }: Props) {
  return (
    <div className="sticky bottom-16 z-20 mt-3 rounded-xl border border-line-strong bg-raised px-4 py-2.5 shadow-pop lg:bottom-3">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <span className="font-medium text-sm">
          {count(rows.length)} {rows.length === 1 ? 'account' : 'accounts'}
          {isChosen && ' chosen'}
        </span>
        {totalsOf(rows).map(sum => (
          <dl key={sum.currency} className="num flex flex-wrap gap-x-5 gap-y-1 text-sm">
            <Sum label="Equity">{money(sum.equity, sum.currency)}</Sum>
            <Sum label="Balance">{money(sum.balance, sum.currency)}</Sum>
            <Sum label="Today">
              <Profit value={sum.dayProfit} currency={sum.currency} />
            </Sum>
            <Sum label="Total">
              <Profit value={sum.totalProfit} currency={sum.currency} />
            </Sum>
            <Sum label="Open">{count(sum.openPositions)}</Sum>
          </dl>
        ))}
      </div>
      {isChosen && <Bulk rows={rows} reason={reason} onSet={onSet} onClear={onClear} />}
    </div>
  )
}

function Sum({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-faint text-xs">{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Bulk({ rows, reason, onSet, onClear }: Omit<Props, 'isChosen'>) {
  const [field, setField] = useState<Written>('phase')
  const [value, setValue] = useState('')
  const [act, setAct] = useState<BoardAct | null>(null)
  const many = rows.length > MOST_AT_ONCE ? `Choose at most ${MOST_AT_ONCE} accounts.` : undefined
  const word = value.trim()
  const missing = field === 'phase' && !word ? 'Write the phase first.' : undefined
  const address = `/api/board/export.csv?${rows.map(row => `account=${row.id}`).join('&')}`
  return (
    <>
      <form
        className="mt-2.5 flex flex-wrap items-center gap-2"
        onSubmit={event => {
          event.preventDefault()
          if (reason || missing) return
          onSet(field, word)
          setValue('')
        }}
      >
        <Select
          aria-label="What to set"
          value={field}
          onChange={event => setField(event.target.value as Written)}
          className="[&_select]:h-8"
        >
          {Object.entries(FIELDS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Select>
        <Input
          aria-label={`New ${FIELDS[field].toLowerCase()}`}
          placeholder={field === 'phase' ? PHASES.join(', ') : 'Empty for none'}
          maxLength={field === 'phase' ? 20 : 60}
          value={value}
          onChange={event => setValue(event.target.value)}
          className="h-8 w-40"
        />
        <Button type="submit" size="sm" variant="primary" disabledReason={reason ?? missing}>
          Set for {count(rows.length)}
        </Button>
        <Button size="sm" disabledReason={reason ?? many} onClick={() => setAct('pause')}>
          <CirclePause /> Pause EAs…
        </Button>
        <Button size="sm" disabledReason={reason ?? many} onClick={() => setAct('resume')}>
          <CirclePlay /> Resume EAs…
        </Button>
        {rows.length <= MOST_IN_ADDRESS && (
          <Button asChild size="sm">
            <a href={address} download>
              CSV of these
            </a>
          </Button>
        )}
        <Button size="sm" variant="ghost" onClick={onClear} className="ml-auto">
          <X /> Choose none
        </Button>
      </form>
      {act && <BoardActDialog act={act} rows={rows} onClose={() => setAct(null)} />}
    </>
  )
}
