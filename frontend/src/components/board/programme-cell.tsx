import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { BoardRow } from '@/api/board'
import { type Programme, programmes } from '@/api/programmes'
import { ProgrammeAssignDialog } from '@/forms/programme-assign'
import { ProgrammeTakeOutDialog } from '@/forms/programme-take-out'
import { cx } from '@/ui/cx'

const NONE = 'none'

/** The programme that judges the account, changed where it stands: what follows is said before it is done. */
export function ProgrammeCell({ row, reason }: { row: BoardRow; reason: string | undefined }) {
  const { data = [] } = useQuery(programmes())
  const [wanted, setWanted] = useState('')
  const now = data.find(one => one.id === row.programmeId)
  const next = data.find(one => one.id === wanted)
  const close = () => setWanted('')
  return (
    <>
      <select
        aria-label={`Programme of ${row.label}`}
        title={reason}
        disabled={Boolean(reason)}
        value={row.programmeId ?? NONE}
        onChange={event => setWanted(event.target.value)}
        className={cx(
          '-mx-1.5 max-w-40 cursor-pointer truncate rounded-md bg-transparent px-1.5 py-0.5 enabled:hover:bg-hover',
          row.programme ? 'text-ink' : 'text-faint',
        )}
      >
        <option value={NONE}>—</option>
        {row.programmeId && !now && <option value={row.programmeId}>{row.programme}</option>}
        {data.map(one => (
          <option key={one.id} value={one.id}>
            {one.terms.firm} {one.terms.name}
          </option>
        ))}
      </select>
      {next && (
        <ProgrammeAssignDialog
          programme={next}
          only={{ accountId: row.id, label: row.label, phase: phaseIn(next, row.phase) }}
          isOpen
          onClose={close}
        />
      )}
      {now && wanted === NONE && (
        <ProgrammeTakeOutDialog
          programme={now}
          row={{ accountId: row.id, label: row.label }}
          isOpen
          onClose={close}
        />
      )}
    </>
  )
}

/** The account's phase where the programme has it, else its first. */
const phaseIn = ({ terms }: Programme, phase: string): string =>
  terms.phases.some(one => one.name === phase) ? phase : (terms.phases[0]?.name ?? '')
