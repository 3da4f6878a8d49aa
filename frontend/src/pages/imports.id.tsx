import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { importOf } from '@/api/terminal-queries'
import type { Import } from '@/api/terminal-records'
import { Counts } from '@/components/import/counts'
import { FiguresCard } from '@/components/import/figures-card'
import { ImportActions } from '@/components/import/import-actions'
import { ConflictsCard, UnreadableCard } from '@/components/import/notes-card'
import { SampleCard } from '@/components/import/sample-card'
import { IMPORT_STATES } from '@/components/import/states'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'

const PARENT = { label: 'Imports', to: '/imports' }

export default function ImportPage() {
  const { id = '' } = useParams()
  const query = useQuery(importOf(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Import" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {found => <ImportView found={found} />}
    </Loaded>
  )
}

function ImportView({ found }: { found: Import }) {
  return (
    <Page
      title={found.fileName}
      parent={PARENT}
      badge={<StateBadge look={IMPORT_STATES[found.state]} />}
      lead={
        <>
          {found.formatLabel}, for{' '}
          <Link to={`/accounts/${found.accountId}`} className="rounded hover:text-ink hover:underline">
            {found.accountLabel}
          </Link>
          {found.state === 'previewed' && '. Nothing of it is recorded yet.'}
        </>
      }
      actions={<ImportActions found={found} />}
    >
      <div className="space-y-5">
        <AccountWarning found={found} />
        {found.notes.length > 0 && (
          <Callout title="About this file">
            {found.notes.map(note => (
              <p key={note}>{note}</p>
            ))}
          </Callout>
        )}
        <Counts found={found} />
        <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[1.4fr_1fr]">
          <FiguresCard figures={found.figures} />
          <Card title="In the file">
            <FoundFacts found={found} />
          </Card>
        </div>
        <ConflictsCard found={found} />
        <UnreadableCard found={found} />
        <SampleCard rows={found.sample} currency={found.accountMatch.said.currency || 'USD'} />
      </div>
    </Page>
  )
}

function AccountWarning({ found }: { found: Import }) {
  const { ok, detail } = found.accountMatch
  if (ok || found.state !== 'previewed') return null
  return (
    <Callout tone="loss" title="This file seems to be of another account">
      {detail} Drop the preview and import it into the account that it names, unless you know better.
    </Callout>
  )
}

function FoundFacts({ found }: { found: Import }) {
  const { said } = found.accountMatch
  return (
    <Facts
      facts={[
        ['Trades', count(found.found.trades)],
        ['Deals', count(found.found.deals)],
        ['Balance operations', count(found.found.balanceOperations)],
        ['Open positions', count(found.found.openPositions)],
        ['Cancelled orders, left out', count(found.found.cancelledOrders)],
        ...(found.replaced > 0
          ? [['Take the place of ones without tickets', count(found.replaced)] as const]
          : []),
        ['First', <Moment key="from" at={found.from} />],
        ['Last', <Moment key="to" at={found.to} />],
        ['Its times were read as', found.timezone],
        ['Account that it names', said.login ? `${said.login} ${said.server}`.trim() : 'none'],
        ...(said.name ? [['Holder', said.name] as const] : []),
      ]}
    />
  )
}
