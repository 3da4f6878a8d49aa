import type { Import, ImportConflict } from '@/api/terminal-records'
import { figureText } from '@/components/import/figures'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { Table, Td, Th, Tr } from '@/ui/table'

const SHOWN = 50

/** Deals that the journal has with other figures: which, and what either says. */
export function ConflictsCard({ found }: { found: Import }) {
  const rows: readonly ImportConflict[] = found.conflicts
  if (rows.length === 0) return null
  return (
    <Card title="Conflicting" hint="the journal’s figures stay" bodyClassName="px-0 pb-1">
      <Table label="Conflicting deals">
        <thead>
          <tr>
            <Th>Deal</Th>
            <Th>What</Th>
            <Th isNumber>File</Th>
            <Th isNumber>Journal</Th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map(row => (
            <Tr key={`${row.ticket} ${row.field}`}>
              <Td className="num h-9">#{row.ticket}</Td>
              <Td className="h-9 text-muted">{row.field === 'amount' ? 'Amount' : 'Volume'}</Td>
              <Td isNumber className="h-9">
                {figureText(row.file)}
              </Td>
              <Td isNumber className="h-9">
                {figureText(row.journal)}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      <More left={found.conflicting - Math.min(rows.length, SHOWN)} />
    </Card>
  )
}

/** Rows that no one could make sense of, with where they stand in the file. */
export function UnreadableCard({ found }: { found: Import }) {
  const rows = found.unreadable
  if (rows.length === 0) return null
  return (
    <Card title="Unreadable" hint="left out; everything else is taken" bodyClassName="px-0 pb-1">
      <ul className="divide-y divide-line">
        {rows.slice(0, SHOWN).map(row => (
          <li
            key={`${row.where} ${row.detail}`}
            className="flex flex-wrap gap-x-4 gap-y-0.5 px-4 py-2 text-sm"
          >
            <span className="num min-w-28 shrink-0 text-faint">{row.where}</span>
            <span className="min-w-0 flex-1 text-muted">{row.detail}</span>
          </li>
        ))}
      </ul>
      <More left={found.unreadableCount - Math.min(rows.length, SHOWN)} />
    </Card>
  )
}

function More({ left }: { left: number }) {
  if (left <= 0) return null
  return <p className="num px-4 py-2 text-faint text-xs">and {count(left)} more</p>
}
