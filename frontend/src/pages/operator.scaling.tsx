import { useQuery } from '@tanstack/react-query'
import { Ellipsis, History, Pencil, Plus, Scaling as ScalingIcon, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { scaling } from '@/api/operator-queries'
import type { ScalingDecision, ScalingGroup } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { actionLook } from '@/components/operator/words'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { GroupChangeDialog, GroupMakeDialog } from '@/forms/scaling-group'
import { GroupRemoveDialog } from '@/forms/scaling-group-remove'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Menu, MenuItem } from '@/ui/menu'

export default function OperatorScalingPage() {
  const query = useQuery(scaling())
  const [isMaking, setMaking] = useState(false)
  const make = (
    <Button variant="primary" size="sm" onClick={() => setMaking(true)}>
      <Plus /> New group
    </Button>
  )
  return (
    <>
      <Loaded query={query}>
        {({ active, areMarketsClosed, groups, decisions }) => (
          <div className="space-y-4">
            <Card
              title="Groups"
              hint={`${count(active)} EAs need a place${areMarketsClosed ? ' · markets are closed' : ''}`}
              actions={groups.length > 0 && make}
              bodyClassName="p-0"
            >
              {groups.length === 0 ? (
                <EmptyState icon={ScalingIcon} title="Nothing scales by itself yet" actions={make}>
                  A group makes hosts when EAs need them, and drains and ends the least used when they do not.
                  Try its rule in a simulated cloud first.
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line border-line border-t">
                  {groups.map(row => (
                    <GroupRow key={row.id} group={row} />
                  ))}
                </ul>
              )}
            </Card>
            <Card
              title="Decisions"
              hint="Newest first; what changed nothing is not listed"
              bodyClassName="p-0"
            >
              <Decisions rows={decisions} />
            </Card>
          </div>
        )}
      </Loaded>
      <GroupMakeDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}

function GroupRow({ group }: { group: ScalingGroup }) {
  const [asked, setAsked] = useState<'change' | 'remove' | null>(null)
  const weekend = group.weekendMinimum === null ? '' : `, ${group.weekendMinimum} at weekends`
  const props = { group, onClose: () => setAsked(null) }
  return (
    <li className="flex items-start gap-4 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium text-ink text-sm">
          {group.name}
          <Badge>{group.provider === 'aws' ? 'AWS' : 'Simulated'}</Badge>
          {group.isDryRun && <Badge tone="warn">Dry run</Badge>}
        </p>
        <p className="mt-1 text-muted text-sm">{group.reason}.</p>
        <p className="mt-0.5 text-faint text-xs">
          From {group.minimum} to {group.maximum} hosts{weekend}
          {group.draining > 0 && ` · ${count(group.draining)} draining`}
        </p>
      </div>
      <p className="num shrink-0 text-right">
        <span className="block font-semibold text-ink text-lg">
          {count(group.hosts)}{' '}
          <span className="font-normal text-faint text-sm">of {count(group.wanted)}</span>
        </span>
        <span className="block text-faint text-xs">hosts wanted</span>
      </p>
      <Menu
        trigger={
          <Button size="icon" variant="ghost" aria-label={`Actions of ${group.name}`}>
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={() => setAsked('change')}>
          <Pencil /> Change the rule
        </MenuItem>
        <MenuItem isDanger onSelect={() => setAsked('remove')}>
          <Trash2 /> Remove
        </MenuItem>
      </Menu>
      <GroupChangeDialog {...props} isOpen={asked === 'change'} />
      <GroupRemoveDialog {...props} isOpen={asked === 'remove'} />
    </li>
  )
}

function Decisions({ rows }: { rows: readonly ScalingDecision[] }) {
  if (rows.length === 0) {
    return (
      <EmptyState icon={History} title="Nothing was decided yet" className="py-8">
        Each change of a group is written here with its reason.
      </EmptyState>
    )
  }
  return (
    <ol className="divide-y divide-line border-line border-t">
      {rows.map(row => (
        <li key={row.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3">
          <span className="w-20 shrink-0">
            <StateBadge look={actionLook(row.action)} />
          </span>
          <div className="min-w-0 flex-1 basis-64">
            <p className="text-sm">
              <span className="font-medium text-ink">{row.group}</span>{' '}
              <span className="num text-muted">
                {count(row.hosts)} → {count(row.wanted)} hosts
              </span>
            </p>
            <p className="mt-0.5 text-faint text-xs">{row.reason}</p>
            {row.error && <p className="mt-0.5 text-loss text-xs">{row.error}</p>}
          </div>
          <Ago at={row.at} className="num shrink-0 text-faint text-xs" />
        </li>
      ))}
    </ol>
  )
}
