import { ChevronDown, ChevronRight, History } from 'lucide-react'
import { useState } from 'react'
import type { KillSwitch } from '@/api/kill-switch'
import { AccountStakes, SymbolStakes } from '@/components/kill-switch/stake-tables'
import { counted, inScope, progressOf } from '@/components/kill-switch/words'
import { Moment } from '@/components/moment'
import { Badge } from '@/ui/badge'
import { EmptyState } from '@/ui/empty-state'

/** Every use so far, newest first; one opens to what it met. */
export function UseList({ rows }: { rows: readonly KillSwitch[] }) {
  const [open, setOpen] = useState<string | null>(null)
  if (rows.length === 0) {
    return (
      <EmptyState icon={History} title="Never used" className="py-9">
        What it met and how long it took to be flat will stand here.
      </EmptyState>
    )
  }
  return (
    <ul className="divide-y divide-line border-line border-t">
      {rows.map(row => (
        <li key={row.id}>
          <UseRow
            row={row}
            isOpen={open === row.id}
            onToggle={() => setOpen(open === row.id ? null : row.id)}
          />
        </li>
      ))}
    </ul>
  )
}

function UseRow({ row, isOpen, onToggle }: { row: KillSwitch; isOpen: boolean; onToggle: () => void }) {
  const progress = progressOf(row)
  const positions = row.accounts.reduce((sum, found) => sum + inScope(found, row.closesForeign), 0)
  const Arrow = isOpen ? ChevronDown : ChevronRight
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex w-full items-start gap-3 px-4 py-3 text-left outline-offset-[-3px] hover:bg-hover/60"
      >
        <Arrow aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
        <span className="min-w-0 flex-1">
          <span className="block text-ink text-sm">{row.reason}</span>
          <span className="block text-faint text-xs">
            <Moment at={row.usedAt} /> by {row.requestedBy}: {counted(row.eas, 'EA')},{' '}
            {counted(positions, 'position')} on {counted(row.accounts.length, 'account')}
          </span>
        </span>
        <Badge tone={progress.tone}>{progress.text}</Badge>
      </button>
      {isOpen && (
        <div className="space-y-2 border-line border-t bg-canvas/40 pb-2">
          <AccountStakes hasLeft rows={row.accounts} closesForeign={row.closesForeign} />
          {row.symbols.length > 0 && <SymbolStakes rows={row.symbols} closesForeign={row.closesForeign} />}
        </div>
      )}
    </>
  )
}
