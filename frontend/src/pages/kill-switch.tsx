import { useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { canOrder, may, whyNot } from '@/api/can'
import { type KillSwitchPreview, killSwitches, killSwitchPreview, useKillSwitch } from '@/api/kill-switch'
import { AccountStakes, SymbolStakes } from '@/components/kill-switch/stake-tables'
import { UseList } from '@/components/kill-switch/use-list'
import { counted, inScope, progressOf } from '@/components/kill-switch/words'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { Consequences } from '@/forms/instance-act'
import { KillSwitchUseForm } from '@/forms/kill-switch-use'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Switch } from '@/ui/switch'

export default function KillSwitchPage() {
  const me = useMe()
  const seen = useQuery(killSwitchPreview())
  const uses = useQuery(killSwitches())
  const running = uses.data?.find(row => row.isWatched)
  return (
    <Page
      isNarrow
      title="Kill switch"
      lead="Pauses every EA and closes what is open, on all accounts at once."
      actions={
        may(me, 'audit') && (
          <Link to="/operator/kill-switch" className="rounded text-accent text-sm hover:underline">
            For all customers
          </Link>
        )
      }
    >
      <div className="space-y-5">
        {running && (
          <Callout tone="warn" title={progressOf(running).text}>
            What the broker refuses is asked for again. Your EAs stay paused until you resume them.
          </Callout>
        )}
        <Loaded query={seen}>{found => <Preview found={found} />}</Loaded>
        <Card title="Uses so far" bodyClassName="px-0 pb-0">
          <Loaded query={uses}>{rows => <UseList rows={rows} />}</Loaded>
        </Card>
      </div>
    </Page>
  )
}

function Preview({ found }: { found: KillSwitchPreview }) {
  const me = useMe()
  const verb = useKillSwitch()
  const [closesForeign, setClosesForeign] = useState(false)
  const positions = found.accounts.reduce((sum, row) => sum + inScope(row, closesForeign), 0)
  const foreign = found.accounts.reduce((sum, row) => sum + row.foreign, 0)
  if (found.accounts.length === 0) {
    return (
      <Card title="What it would meet now">
        <EmptyState icon={ShieldCheck} title="Nothing runs and nothing is open" className="py-9">
          There is nothing to pause or to close.
        </EmptyState>
      </Card>
    )
  }
  return (
    <Card title="What it would meet now" bodyClassName="px-0 pb-0">
      <AccountStakes rows={found.accounts} closesForeign={closesForeign} />
      {found.symbols.length > 0 && (
        <div className="mt-2 border-line border-t">
          <SymbolStakes rows={found.symbols} closesForeign={closesForeign} />
        </div>
      )}
      <div className="space-y-5 border-line border-t p-4">
        <Consequences>
          <li>
            {counted(found.eas, 'EA')} {found.eas === 1 ? 'is' : 'are'} paused at once and stay so until you
            resume them.
          </li>
          <li>
            {positions === 0
              ? 'No position is open now; one that an EA is just opening is closed.'
              : `${counted(positions, 'position')} ${positions === 1 ? 'is' : 'are'} closed at the market’s price. What they show as floating becomes final.`}
          </li>
          <li>It cannot be taken back. Positions on an account without a terminal stay open.</li>
        </Consequences>
        <div className="flex items-start gap-3">
          <Switch isOn={closesForeign} onChange={setClosesForeign} label="Close also what no EA opened" />
          <p className="text-sm">
            Close also what no EA here opened
            <span className="block text-faint text-xs">
              {foreign === 0
                ? 'None is open now.'
                : `${counted(foreign, 'position')}, opened by hand or by another program.`}
            </span>
          </p>
        </div>
        <KillSwitchUseForm
          verb={verb}
          phrase={found.phrase}
          closesForeign={closesForeign}
          disabledReason={whyNot(canOrder(me))}
          act={`Flatten ${counted(found.accounts.length, 'account')}`}
        />
      </div>
    </Card>
  )
}
