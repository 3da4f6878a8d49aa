import { useQuery } from '@tanstack/react-query'
import { accounts, instancePositions } from '@/api/queries'
import type { InstanceDetail } from '@/api/records'
import { PositionActions } from '@/components/account/position-actions'
import { BacktestsTab } from '@/components/instance/backtests-tab'
import { CommandsTab } from '@/components/instance/commands-tab'
import { InputsTab } from '@/components/instance/inputs-tab'
import { LogTab } from '@/components/instance/log-tab'
import { PerformanceTab } from '@/components/instance/performance-tab'
import { RunsTab } from '@/components/instance/runs-tab'
import { TradesTab } from '@/components/instance/trades-tab'
import { Loaded } from '@/components/loaded'
import { PositionList } from '@/components/position-list'
import { useSymbolDigits } from '@/components/symbol-digits'
import { count } from '@/format/volume'
import { Tabs } from '@/ui/tabs'

const TABS = [
  { name: 'positions', label: 'Positions' },
  { name: 'trades', label: 'Trades' },
  { name: 'performance', label: 'Performance' },
  { name: 'inputs', label: 'Inputs' },
  { name: 'backtests', label: 'Backtests' },
  { name: 'log', label: 'Log' },
  { name: 'runs', label: 'Receipt and runs' },
  { name: 'commands', label: 'Commands' },
] as const

type TabName = (typeof TABS)[number]['name']

interface Props {
  instance: InstanceDetail
  /** As the URL has it. */
  tab: string | null
  onTab: (tab: TabName) => void
}

export function InstanceTabs({ instance, tab, onTab }: Props) {
  const chosen = TABS.find(item => item.name === tab)?.name ?? 'positions'
  return (
    <section aria-label="Details" className="min-w-0 rounded-xl border border-line bg-surface">
      <Tabs label="Details" tabs={TABS.map(item => counted(item, instance))} chosen={chosen} onChoose={onTab}>
        <Content instance={instance} tab={chosen} />
      </Tabs>
    </section>
  )
}

/** Positions and trades say how many there are, so that nobody has to open the tab to know. */
function counted(item: (typeof TABS)[number], instance: InstanceDetail) {
  const number =
    item.name === 'positions' ? instance.openPositions : item.name === 'trades' ? instance.tradeCount : 0
  if (number === 0) return item
  const label = (
    <>
      {item.label} <span className="num ml-0.5 font-normal text-faint">{count(number)}</span>
    </>
  )
  return { ...item, label }
}

function Content({ instance, tab }: { instance: InstanceDetail; tab: TabName }) {
  switch (tab) {
    case 'positions':
      return <PositionsTab instance={instance} />
    case 'trades':
      return <TradesTab instance={instance} />
    case 'performance':
      return <PerformanceTab instance={instance} />
    case 'inputs':
      return <InputsTab instance={instance} />
    case 'backtests':
      return <BacktestsTab instance={instance} />
    case 'log':
      return <LogTab instance={instance} />
    case 'runs':
      return <RunsTab instance={instance} />
    case 'commands':
      return <CommandsTab instance={instance} />
  }
}

function PositionsTab({ instance }: { instance: InstanceDetail }) {
  const query = useQuery(instancePositions(instance.id))
  const digits = useSymbolDigits()
  const account = useQuery(accounts()).data?.find(row => row.id === instance.accountId)
  return (
    <Loaded query={query}>
      {rows => (
        <PositionList
          positions={rows}
          currency={instance.currency}
          digits={digits}
          actions={
            account &&
            ((position, places) => <PositionActions account={account} position={position} digits={places} />)
          }
        />
      )}
    </Loaded>
  )
}
