import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { operatorPreview, operatorUses, useKillSwitchForAll } from '@/api/kill-switch'
import { counted } from '@/components/kill-switch/words'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { duration } from '@/format/age'
import { Consequences } from '@/forms/instance-act'
import { KillSwitchUseForm } from '@/forms/kill-switch-use'
import { Badge } from '@/ui/badge'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Stat, StatStrip } from '@/ui/stat'
import { Table, Td, Th, Tr } from '@/ui/table'

export default function OperatorKillSwitchPage() {
  const seen = useQuery(operatorPreview())
  const uses = useQuery(operatorUses())
  const verb = useKillSwitchForAll()
  return (
    <Page
      isNarrow
      title="Kill switch for all customers"
      parent={{ to: '/operator', label: 'Operator' }}
      lead="Pauses every EA of every customer and closes what EAs opened, customer by customer."
    >
      <div className="space-y-5">
        <Loaded query={seen}>
          {found => (
            <Card title="What it would meet now">
              <StatStrip>
                <Stat label="Customers" value={found.tenants} />
                <Stat label="Accounts" value={found.accounts} />
                <Stat label="Active EAs" value={found.eas} />
                <Stat label="Open positions" value={found.positions} note="as terminals said last" />
              </StatStrip>
              <div className="my-5">
                <Consequences>
                  <li>Positions that no EA opened stay open: they are the customers’ own.</li>
                  <li>Customers see who used it and why, and resume their EAs themselves.</li>
                  <li>One customer for whom it fails holds up no other; you are told which.</li>
                </Consequences>
              </div>
              {verb.data && verb.data.failed.length > 0 && (
                <Callout tone="loss" title={`It failed for ${counted(verb.data.failed.length, 'customer')}`}>
                  {verb.data.failed.join(' ')}
                </Callout>
              )}
              <KillSwitchUseForm
                verb={verb}
                phrase={found.phrase}
                closesForeign={false}
                disabledReason={undefined}
                act={`Flatten ${counted(found.tenants, 'customer')}`}
              />
            </Card>
          )}
        </Loaded>
        <Card title="Uses of all customers" bodyClassName="px-0 pb-0">
          <Loaded query={uses}>
            {rows =>
              rows.length === 0 ? (
                <EmptyState icon={History} title="Never used" className="py-9">
                  Uses by customers and by operators stand here with their time to flat.
                </EmptyState>
              ) : (
                <Table label="Uses">
                  <thead>
                    <tr>
                      <Th>Customer</Th>
                      <Th>Used</Th>
                      <Th>By</Th>
                      <Th isNumber>Positions</Th>
                      <Th>Flat</Th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map(row => (
                      <Tr key={row.id}>
                        <Td className="text-ink">
                          {row.tenantName}
                          <span className="block text-faint text-xs">{row.reason}</span>
                        </Td>
                        <Td>
                          <Moment at={row.usedAt} />
                        </Td>
                        <Td>{row.requestedBy}</Td>
                        <Td isNumber>{row.positions}</Td>
                        <Td>
                          <Badge tone={row.flatAt ? 'profit' : 'warn'}>
                            {row.flatAt ? duration(row.secondsToFlat) : 'Not yet'}
                          </Badge>
                        </Td>
                      </Tr>
                    ))}
                  </tbody>
                </Table>
              )
            }
          </Loaded>
        </Card>
      </div>
    </Page>
  )
}
