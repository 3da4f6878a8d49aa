import { useQuery } from '@tanstack/react-query'
import { LifeBuoy, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import {
  changeRole,
  endSupport,
  goTo,
  type Invitation,
  leaveDesk,
  type Member,
  people,
  type Role,
  removeMember,
  resendInvitation,
  revokeInvitation,
  type SupportAccess,
  supportAccesses,
  usePeopleVerb,
} from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { InviteDialog, LinkNote } from '@/forms/person-invite'
import { RefusalNote } from '@/forms/refusal'
import { SupportGrantDialog } from '@/forms/support-grant'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'

const ROLES: Record<Role, string> = { owner: 'Owner', trader: 'Trader', viewer: 'Viewer' }

export default function PeoplePage() {
  const query = useQuery(people())
  const [isInviting, setInviting] = useState(false)
  const reason = whyNot(canWith('admin', useMe()))
  return (
    <Page
      isNarrow
      title="People"
      lead="Owners see to everything, traders trade and deploy, viewers look and change nothing."
      parent={{ label: 'Settings', to: '/settings' }}
      actions={
        <Button variant="primary" disabledReason={reason} onClick={() => setInviting(true)}>
          <UserPlus /> Invite
        </Button>
      }
    >
      <Loaded query={query}>
        {data => (
          <div className="space-y-5">
            <Card title="Members" bodyClassName="p-0">
              <ul className="divide-y divide-line">
                {data.members.map(row => (
                  <MemberRow key={row.userId} row={row} reason={reason} />
                ))}
              </ul>
            </Card>
            {data.invitations.length > 0 && (
              <Card title="Invited" bodyClassName="p-0">
                <ul className="divide-y divide-line">
                  {data.invitations.map(row => (
                    <InvitationRow key={row.id} row={row} reason={reason} />
                  ))}
                </ul>
              </Card>
            )}
            <SupportCard reason={reason} />
          </div>
        )}
      </Loaded>
      <InviteDialog isOpen={isInviting} onClose={() => setInviting(false)} />
    </Page>
  )
}

interface RowProps<Row> {
  row: Row
  reason: string | undefined
}

const LINE = 'flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3'

function MemberRow({ row, reason }: RowProps<Member>) {
  const change = usePeopleVerb((role: Role) => changeRole(row.userId, role))
  const out = usePeopleVerb((_: null) =>
    row.isYou ? leaveDesk().then(() => goTo('/')) : removeMember(row.userId),
  )
  const error = change.error ?? out.error
  return (
    <li className="px-0">
      <div className={LINE}>
        <div className="min-w-0 flex-1 basis-48">
          <p className="truncate font-medium text-ink text-sm">
            {row.email} {row.isYou && <Badge>You</Badge>}
          </p>
          <p className="text-faint text-xs">
            Since <Moment at={row.since} />
          </p>
        </div>
        {reason ? (
          <span className="text-muted text-sm">{ROLES[row.role]}</span>
        ) : (
          <Select
            aria-label={`Role of ${row.email}`}
            className="w-32"
            value={row.role}
            disabled={change.isPending}
            onChange={({ target }) => change.mutate(target.value as Role)}
          >
            {Object.entries(ROLES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
        <Button
          size="sm"
          disabledReason={row.isYou ? undefined : reason}
          isBusy={out.isPending}
          onClick={() =>
            confirm(`${row.isYou ? 'Leave this desk' : `Remove ${row.email}`}?`) && out.mutate(null)
          }
        >
          {row.isYou ? 'Leave' : 'Remove'}
        </Button>
      </div>
      {error && (
        <div className="px-4 pb-3">
          <RefusalNote text={sentenceOf(error)} />
        </div>
      )}
    </li>
  )
}

function InvitationRow({ row, reason }: RowProps<Invitation>) {
  const again = usePeopleVerb((_: null) => resendInvitation(row.id))
  const revoke = usePeopleVerb((_: null) => revokeInvitation(row.id))
  return (
    <li>
      <div className={LINE}>
        <div className="min-w-0 flex-1 basis-48">
          <p className="truncate font-medium text-ink text-sm">
            {row.email} <Badge>{ROLES[row.role]}</Badge> {row.isOver && <Badge tone="warn">Ran out</Badge>}
          </p>
          <p className="text-faint text-xs">
            By {row.invitedBy}, until <Moment at={row.expiresAt} />
          </p>
        </div>
        <Button size="sm" disabledReason={reason} isBusy={again.isPending} onClick={() => again.mutate(null)}>
          New link
        </Button>
        <Button
          size="sm"
          disabledReason={reason}
          isBusy={revoke.isPending}
          onClick={() => revoke.mutate(null)}
        >
          Revoke
        </Button>
      </div>
      {again.data?.url && (
        <div className="px-4 pb-3">
          <LinkNote url={again.data.url} />
        </div>
      )}
    </li>
  )
}

function SupportCard({ reason }: { reason: string | undefined }) {
  const query = useQuery(supportAccesses())
  const [granting, setGranting] = useState<SupportAccess | null | undefined>(undefined)
  return (
    <Card
      title="Support access"
      hint="No operator opens your desk unless you let them in, for some hours."
      actions={
        <Button size="sm" disabledReason={reason} onClick={() => setGranting(null)}>
          Let support in
        </Button>
      }
      bodyClassName="p-0"
    >
      <Loaded query={query}>
        {rows =>
          rows.length === 0 ? (
            <EmptyState icon={LifeBuoy} title="Support was never in">
              When support asks to look in, you decide here for how long.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {rows.slice(0, 10).map(row => (
                <SupportRow key={row.id} row={row} reason={reason} onGrant={() => setGranting(row)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <SupportGrantDialog
        access={granting ?? null}
        isOpen={granting !== undefined}
        onClose={() => setGranting(undefined)}
      />
    </Card>
  )
}

const STATES = {
  asked: { label: 'Asks', tone: 'warn' },
  granted: { label: 'Is let in', tone: 'accent' },
  over: { label: 'Over', tone: 'neutral' },
} as const

function SupportRow({ row, reason, onGrant }: RowProps<SupportAccess> & { onGrant: () => void }) {
  const end = usePeopleVerb((_: null) => endSupport(row.id))
  const state = STATES[row.state]
  return (
    <li className={LINE}>
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium text-ink text-sm">
          {row.operator ?? 'Whoever helps'} <Badge tone={state.tone}>{state.label}</Badge>{' '}
          {row.mayAct && <Badge tone="warn">May act</Badge>}
        </p>
        <p className="text-faint text-xs">
          {row.reason && `“${row.reason}” `}
          {row.state === 'over' ? 'Ended ' : 'Until '}
          <Moment at={row.endedAt ?? row.expiresAt} />
        </p>
      </div>
      {row.state === 'asked' && (
        <Button size="sm" variant="primary" disabledReason={reason} onClick={onGrant}>
          Let in
        </Button>
      )}
      {row.state !== 'over' && (
        <Button size="sm" disabledReason={reason} isBusy={end.isPending} onClick={() => end.mutate(null)}>
          {row.state === 'asked' ? 'Refuse' : 'End now'}
        </Button>
      )}
    </li>
  )
}
