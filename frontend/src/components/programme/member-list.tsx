import { useQuery } from '@tanstack/react-query'
import { ArrowLeftRight, LogOut } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { canWith, whyNot } from '@/api/can'
import { type Member, members, type Programme } from '@/api/programmes'
import { DrawdownBar } from '@/components/board/drawdown-bar'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { ProgrammeAssignDialog } from '@/forms/programme-assign'
import { ProgrammeTakeOutDialog } from '@/forms/programme-take-out'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'

/** The accounts of a programme: the broken ones, then those that are nearest to a breach. */
export function MemberList({ programme }: { programme: Programme }) {
  const query = useQuery(members(programme.id))
  if (programme.accounts === 0) {
    return <p className="text-faint text-sm">No account is in it yet. Put some in.</p>
  }
  return (
    <Loaded query={query}>
      {found => (
        <>
          <ul aria-label={`Accounts in ${programme.terms.name}`} className="divide-y divide-line">
            {found.items.map(row => (
              <MemberRow key={row.accountId} programme={programme} row={row} />
            ))}
          </ul>
          {found.total > found.items.length && (
            <p className="pt-2 text-faint text-xs">
              {found.total - found.items.length} more, further from a breach than these.
            </p>
          )}
        </>
      )}
    </Loaded>
  )
}

function MemberRow({ programme, row }: { programme: Programme; row: Member }) {
  const reason = whyNot(canWith('deploy', useMe()))
  const [open, setOpen] = useState<'move' | 'out' | null>(null)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 py-2">
      <div className="min-w-0 flex-1 basis-40">
        <p className="flex items-center gap-1.5 text-sm">
          <Link to={`/accounts/${row.accountId}#limits`} className="truncate font-medium hover:underline">
            {row.label}
          </Link>
          <Badge>{row.phase}</Badge>
          {row.brokenAt && <Badge tone="loss">Broken</Badge>}
          {!row.brokenAt && row.isPassed && <Badge tone="profit">Passed</Badge>}
        </p>
        <p className="text-faint text-xs">
          {row.brokenAt ? (
            <>
              broken <Moment at={row.brokenAt} />
            </>
          ) : row.phaseSince ? (
            <>
              since <Moment at={row.phaseSince} />
            </>
          ) : (
            'since it is known'
          )}
        </p>
      </div>
      <div className="w-40">
        {row.near ? (
          <DrawdownBar row={{ drawdown: row.near, currency: row.currency }} />
        ) : (
          <p className="text-faint text-xs">not looked at yet</p>
        )}
      </div>
      <div className="flex gap-1">
        <Button
          size="icon"
          variant="ghost"
          aria-label={`Move ${row.label} to another phase`}
          disabledReason={reason}
          onClick={() => setOpen('move')}
        >
          <ArrowLeftRight />
        </Button>
        <Button
          size="icon"
          variant="ghost"
          aria-label={`Take ${row.label} out`}
          disabledReason={reason}
          onClick={() => setOpen('out')}
        >
          <LogOut />
        </Button>
      </div>
      <ProgrammeAssignDialog
        programme={programme}
        only={row}
        isOpen={open === 'move'}
        onClose={() => setOpen(null)}
      />
      <ProgrammeTakeOutDialog
        programme={programme}
        row={row}
        isOpen={open === 'out'}
        onClose={() => setOpen(null)}
      />
    </li>
  )
}
