import { useQuery } from '@tanstack/react-query'
import { NotebookText } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { instanceTrades } from '@/api/queries'
import type { Instance } from '@/api/records'
import { TRADES_ON_CHART } from '@/components/instance/price-panel'
import { Loaded } from '@/components/loaded'
import { useSymbolDigits } from '@/components/symbol-digits'
import { TradeDrawer } from '@/components/trade-drawer'
import { TradeList } from '@/components/trade-list'
import { EmptyState } from '@/ui/empty-state'

export function TradesTab({ instance }: { instance: Instance }) {
  const query = useQuery(instanceTrades(instance.id, TRADES_ON_CHART))
  const digits = useSymbolDigits()
  const [opened, setOpened] = useState<string | null>(null)
  return (
    <Loaded query={query}>
      {rows =>
        rows.length === 0 ? (
          <EmptyState icon={NotebookText} title="No trades yet">
            The first one appears here as soon as it is opened.
          </EmptyState>
        ) : (
          <>
            <TradeList trades={rows} digits={digits} onOpen={trade => setOpened(trade.id)} hasOwner={false} />
            <p className="px-4 py-3 text-faint text-xs">
              The newest {rows.length}.{' '}
              <Link to={`/journal?instance=${instance.id}`} className="rounded text-accent hover:underline">
                All in the journal
              </Link>
            </p>
            <TradeDrawer
              trade={rows.find(row => row.id === opened)}
              digits={digits}
              onClose={() => setOpened(null)}
            />
          </>
        )
      }
    </Loaded>
  )
}
