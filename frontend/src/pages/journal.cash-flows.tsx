import { useQuery } from '@tanstack/react-query'
import { Landmark } from 'lucide-react'
import { Link } from 'react-router'
import { cashFlows } from '@/api/journal-queries'
import type { CashFlow, CashFlowPage } from '@/api/journal-records'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useUrlState } from '@/components/search-params'
import { Badge, type Tone } from '@/ui/badge'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const PAGE_SIZE = 50
const KINDS: Record<CashFlow['kind'], { label: string; tone: Tone }> = {
  deposit: { label: 'Deposit', tone: 'accent' },
  withdrawal: { label: 'Withdrawal', tone: 'warn' },
  credit: { label: 'Credit', tone: 'neutral' },
  correction: { label: 'Correction', tone: 'neutral' },
  charge: { label: 'Charge', tone: 'neutral' },
  bonus: { label: 'Bonus', tone: 'neutral' },
  commission: { label: 'Commission', tone: 'neutral' },
  interest: { label: 'Interest', tone: 'neutral' },
  dividend: { label: 'Dividend', tone: 'neutral' },
  tax: { label: 'Tax', tone: 'neutral' },
  other: { label: 'Other', tone: 'neutral' },
}

export default function JournalCashFlowsPage() {
  const { choice, place } = useJournal()
  const { change } = useUrlState()
  const found = useQuery(cashFlows(choice.account, place.page, PAGE_SIZE))
  return (
    <Card bodyClassName="p-0">
      <Loaded query={found}>
        {data =>
          data.total === 0 ? (
            <EmptyState icon={Landmark} title="No money came or went yet">
              Deposits, withdrawals, credits and charges of your accounts are listed here.
            </EmptyState>
          ) : (
            <>
              <Flows data={data} />
              <Pager
                page={data.page}
                pageSize={PAGE_SIZE}
                total={data.total}
                onPage={page => change({ page: String(page) }, 'push')}
              />
            </>
          )
        }
      </Loaded>
    </Card>
  )
}

function Flows({ data }: { data: CashFlowPage }) {
  return (
    <>
      <Table label="Cash flows" className="hidden md:block">
        <thead>
          <tr>
            <Th>Time</Th>
            <Th>Kind</Th>
            <Th>Account</Th>
            <Th>Deal</Th>
            <Th>Comment</Th>
            <Th isNumber>Amount</Th>
          </tr>
        </thead>
        <tbody>
          {data.items.map(flow => (
            <Tr key={`${flow.accountId} ${flow.ticket}`}>
              <Td className="num whitespace-nowrap text-muted">
                <Moment at={flow.at} />
              </Td>
              <Td>
                <Badge tone={KINDS[flow.kind].tone}>{KINDS[flow.kind].label}</Badge>
              </Td>
              <Td>
                <Link
                  to={`/accounts/${flow.accountId}`}
                  className="rounded hover:text-accent hover:underline"
                >
                  {flow.accountLabel}
                </Link>
              </Td>
              <Td className="num text-muted">{flow.ticket}</Td>
              <Td className="max-w-64 truncate text-muted">{flow.comment || '—'}</Td>
              <Td isNumber className="font-medium">
                <Profit value={flow.amount} currency={flow.currency} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      <ul className="divide-y divide-line md:hidden">
        {data.items.map(flow => (
          <li key={`${flow.accountId} ${flow.ticket}`} className="px-4 py-2.5">
            <p className="flex items-baseline justify-between gap-3 text-sm">
              <span className="font-medium">{KINDS[flow.kind].label}</span>
              <Profit value={flow.amount} currency={flow.currency} className="font-medium" />
            </p>
            <p className="num mt-0.5 flex justify-between gap-3 text-faint text-xs">
              <Moment at={flow.at} />
              <span className="truncate">{flow.accountLabel}</span>
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}
