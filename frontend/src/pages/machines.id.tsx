import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { type MachineDetail, machine } from '@/api/machines'
import { Loaded } from '@/components/loaded'
import { LoadCurves } from '@/components/machine/load-curves'
import { LogLines } from '@/components/machine/log-lines'
import { MachineMenu } from '@/components/machine/machine-menu'
import {
  connectedOf,
  cpuShare,
  diskShare,
  errorsOf,
  isAmiss,
  latencyOf,
  memoryShare,
  stateAt,
} from '@/components/machine/machines'
import { TerminalList } from '@/components/machine/terminal-list'
import { errorWords, isSkewed, latency, MACHINE_STATES, skew } from '@/components/machine/words'
import { Ago, Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { memory } from '@/components/operator/words'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

const PARENT = { label: 'Machines', to: '/machines' }

export default function MachinePage() {
  const { id = '' } = useParams()
  const query = useQuery(machine(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Machine" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {found => <MachineView key={id} found={found} />}
    </Loaded>
  )
}

function MachineView({ found }: { found: MachineDetail }) {
  const navigate = useNavigate()
  const state = stateAt(found, useNow())
  return (
    <Page
      title={`${found.label} · ${MACHINE_STATES[state].label}`}
      heading={found.label}
      parent={PARENT}
      badge={<StateBadge look={MACHINE_STATES[state]} />}
      lead={[found.name, found.system].filter(Boolean).join(' · ')}
      actions={<MachineMenu machine={found} onForgotten={() => void navigate('/machines')} />}
    >
      <div className="space-y-5">
        <Notice found={found} state={state} />
        <Figures found={found} />
        <Card title="Terminals" bodyClassName="px-0 pb-1">
          <TerminalList rows={found.terminals} />
        </Card>
        <LoadCurves found={found} />
        <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[2fr_1fr]">
          <LogLines terminals={found.terminals} />
          <Card title="Machine">
            <Facts facts={factsOf(found)} />
          </Card>
        </div>
      </div>
    </Page>
  )
}

/** What is wrong, where something is: the machine first, then its terminals. */
function Notice({ found, state }: { found: MachineDetail; state: MachineDetail['state'] }) {
  if (state === 'offline' || state === 'revoked') {
    const since = found.heartbeatAt && <Ago at={found.heartbeatAt} />
    return (
      <Callout tone={state === 'offline' ? 'loss' : 'warn'} title={MACHINE_STATES[state].says}>
        {since && <>It was heard last {since}: figures below are as old as that.</>}
      </Callout>
    )
  }
  const amiss = found.terminals.filter(isAmiss)
  if (amiss.length === 0) return null
  return (
    <Callout tone="warn" title={amiss.length === 1 ? 'A terminal needs a look' : 'Terminals need a look'}>
      {amiss
        .map(row => `${row.accountLabel} ${row.processState === 'dead' ? 'does not run' : 'has no broker'}`)
        .join(', ')}
      .
    </Callout>
  )
}

function Figures({ found }: { found: MachineDetail }) {
  const skewed = isSkewed(found.clockSkewMs)
  return (
    <StatStrip>
      <Stat label="Processor" value={percent(cpuShare(found), 0)} note="of all cores" />
      <Stat
        label="Memory"
        value={percent(memoryShare(found), 0)}
        note={`${memory(found.memoryUsedMb)} of ${memory(found.memoryMb)}`}
      />
      <Stat label="Disk" value={percent(diskShare(found), 0)} note={`${memory(found.diskFreeMb)} free`} />
      <Stat
        label="Clock"
        value={<span className={skewed ? 'text-warn' : ''}>{skew(found.clockSkewMs)}</span>}
        note={skewed ? 'set it by NTP' : 'against the hub'}
      />
      <Stat label="Latency to broker" value={latency(latencyOf(found))} note="the slowest terminal" />
      <Stat
        label="Terminals connected"
        value={`${connectedOf(found)} of ${found.terminals.length}`}
        note={`${errorWords(errorsOf(found))} today`}
      />
    </StatStrip>
  )
}

function factsOf(found: MachineDetail) {
  return [
    ['Calls itself', found.name || '—'],
    ['System', found.system || '—'],
    ['Agent', found.version || '—'],
    ['Up since', <Moment key="up" at={found.startedAt} />],
    ['Last report', found.heartbeatAt ? <Ago key="heard" at={found.heartbeatAt} /> : 'never'],
  ] as const
}
