import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search, Users } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { CUSTOMERS_SHOWN, type Customer, customers } from '@/api/billing-queries'
import { canWith, planName, whyNot } from '@/api/can'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { PlanSetDialog } from '@/forms/plan-set'
import { SupportAskDialog } from '@/forms/support-ask'
import { Badge, type Tone } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Input } from '@/ui/input'
import { Table, Td, Th, Tr } from '@/ui/table'

const STATUS: Record<Customer['status'], { label: string; tone: Tone }> = {
  active: { label: 'Active', tone: 'profit' },
  past_due: { label: 'Payment failed', tone: 'warn' },
  cancelled: { label: 'Ended', tone: 'loss' },
}

export default function CustomersPage() {
  const [search, setSearch] = useSearchParams()
  const q = search.get('q') ?? ''
  const query = useQuery({ ...customers(q), placeholderData: keepPreviousData })
  return (
    <>
      <div className="mb-4 max-w-sm">
        <Input
          aria-label="Search customers"
          placeholder="Name of the desk"
          icon={<Search aria-hidden />}
          value={q}
          onChange={({ target }) => setSearch(target.value ? { q: target.value } : {}, { replace: true })}
        />
      </div>
      <Card bodyClassName="p-0">
        <Loaded query={query}>{rows => <Customers rows={rows} isSearch={q !== ''} />}</Loaded>
      </Card>
    </>
  )
}

function Customers({ rows, isSearch }: { rows: Customer[]; isSearch: boolean }) {
  if (rows.length === 0)
    return (
      <EmptyState icon={Users} title={isSearch ? 'No customer of this name' : 'No customers yet'}>
        {isSearch ? 'Part of the name is enough.' : 'Whoever signs up is listed here.'}
      </EmptyState>
    )
  return (
    <>
      <Table label="Customers">
        <thead>
          <tr>
            <Th>Desk</Th>
            <Th>Plan</Th>
            <Th>Paid by</Th>
            <Th isNumber>Active EAs</Th>
            <Th isNumber>EA instances</Th>
            <Th>Since</Th>
            <Th />
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </Table>
      {rows.length === CUSTOMERS_SHOWN && (
        <p className="p-4 text-faint text-xs">The newest {CUSTOMERS_SHOWN} are shown. Search for others.</p>
      )}
    </>
  )
}

function Row({ row }: { row: Customer }) {
  const [isOpen, setIsOpen] = useState(false)
  const me = useMe()
  const [isSupporting, setSupporting] = useState(false)
  const isCharged = row.provider === 'stripe' && row.status !== 'cancelled'
  const status = STATUS[row.status]
  return (
    <Tr>
      <Td className="font-medium text-ink">{row.name}</Td>
      <Td>
        <span className="flex items-center gap-2">
          {planName(row.plan)}
          {row.status !== 'active' && <Badge tone={status.tone}>{status.label}</Badge>}
        </span>
      </Td>
      <Td>{row.provider === 'stripe' ? 'Stripe' : 'Set by an operator'}</Td>
      <Td isNumber>{row.active}</Td>
      <Td isNumber>{row.instances}</Td>
      <Td>
        <Moment at={row.createdAt} />
      </Td>
      <Td className="text-right">
        <Button size="sm" disabledReason={whyNot(canWith('operate', me))} onClick={() => setSupporting(true)}>
          Support
        </Button>{' '}
        {isSupporting && <SupportAskDialog customer={row} onClose={() => setSupporting(false)} />}
        <Button
          size="sm"
          disabledReason={
            isCharged ? 'Stripe charges for this plan: it is changed or cancelled there.' : undefined
          }
          onClick={() => setIsOpen(true)}
        >
          Set plan
        </Button>
        {isOpen && <PlanSetDialog customer={row} isOpen onClose={() => setIsOpen(false)} />}
      </Td>
    </Tr>
  )
}
