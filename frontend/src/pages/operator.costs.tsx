import { useQuery } from '@tanstack/react-query'
import { Coins } from 'lucide-react'
import { costs } from '@/api/operator-queries'
import type { Costs } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { dollars } from '@/components/operator/words'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { Stat, StatStrip } from '@/ui/stat'
import { Table, Td, Th, Tr } from '@/ui/table'

export default function OperatorCostsPage() {
  const query = useQuery(costs())
  return (
    <Loaded query={query}>
      {bill => (
        <div className="space-y-4">
          <StatStrip>
            <Stat label="An hour" value={dollars(bill.usdPerHour)} note="of all hosts" />
            <Stat label="A day" value={dollars(bill.usdPerDay)} />
            <Stat label="An account and day" value={dollars(bill.usdPerAccountDay)} />
            <Stat label="Accounts with an EA" value={count(bill.accounts)} note={`${count(bill.eas)} EAs`} />
          </StatStrip>
          {bill.usdPerHour === 0 && (
            <p className="text-faint text-xs">
              No host has a price. Set METAFLEET_HOST_USD_PER_HOUR for machines of your own, and the price of
              a scaling group’s.
            </p>
          )}
          <Card
            title="By customer"
            hint="Shared by the memory that their active EAs may use"
            bodyClassName="p-0"
          >
            <TenantTable bill={bill} />
          </Card>
        </div>
      )}
    </Loaded>
  )
}

function TenantTable({ bill }: { bill: Costs }) {
  if (bill.tenants.length === 0) {
    return (
      <EmptyState icon={Coins} title="No customer has an active EA" className="py-8">
        What the hosts cost is then nobody’s but yours.
      </EmptyState>
    )
  }
  return (
    <Table label="Costs by customer">
      <thead>
        <tr>
          <Th>Customer</Th>
          <Th>Plan</Th>
          <Th isNumber>Accounts</Th>
          <Th isNumber>EAs</Th>
          <Th isNumber>Cost of a day</Th>
          <Th isNumber>Cost of an account-day</Th>
          <Th isNumber>Paid for it</Th>
        </tr>
      </thead>
      <tbody>
        {bill.tenants.map(row => (
          <Tr key={row.tenantId}>
            <Td className="max-w-60 truncate font-medium text-ink">{row.tenant}</Td>
            <Td className="text-muted capitalize">{row.plan}</Td>
            <Td isNumber>{count(row.accounts)}</Td>
            <Td isNumber>{count(row.eas)}</Td>
            <Td isNumber>{dollars(row.usdPerDay)}</Td>
            <Td isNumber>{dollars(row.usdPerAccountDay)}</Td>
            <Td isNumber className={cx(isLoss(row) && 'text-loss')}>
              {dollars(row.pricePerAccountDay)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

const isLoss = (row: Costs['tenants'][number]): boolean =>
  (row.usdPerAccountDay ?? 0) > (row.pricePerAccountDay ?? 0)
