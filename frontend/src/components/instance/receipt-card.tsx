import { BadgeCheck, Download } from 'lucide-react'
import type { Receipt } from '@/api/records'
import { Moment } from '@/components/moment'
import { duration } from '@/format/age'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'

/** Proof of a deployment: all of it is what the running process itself reported. */
export function ReceiptCard({ receipt, instanceId }: { receipt: Receipt; instanceId: string }) {
  const hash = receipt.contentHash
  const untilHeard = (Date.parse(receipt.firstHeartbeatAt) - Date.parse(receipt.startedAt)) / 1000
  return (
    <Card
      title="Deployment receipt"
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone="profit" icon={BadgeCheck}>
            {receipt.signedBy ? 'Confirmed by the runner, signed' : 'Confirmed by the runner'}
          </Badge>
          <Button size="sm" asChild>
            <a href={`/api/instances/${instanceId}/receipt`} download>
              <Download aria-hidden /> Download
            </a>
          </Button>
        </div>
      }
    >
      <Facts
        columns={2}
        facts={[
          ['Login', <Copyable key="login" text={String(receipt.login)} label="login" />],
          ['Server', receipt.server],
          ['EA', `${receipt.expert} ${receipt.version}`],
          ['Symbol', receipt.symbol],
          ['Source hash', <Copyable key="hash" text={hash} shown={`${hash.slice(0, 15)}…`} label="hash" />],
          ['AlgoTrading', receipt.algoTradingAllowed ? 'Allowed' : '—'],
          ['Driver', receipt.driver],
          ['Host', receipt.host],
          ['Process', receipt.pid === null ? '—' : `pid ${receipt.pid}`],
          ['Limits', receipt.limits || '—'],
          ['Generation', receipt.generation],
          ['Deployed', <Moment key="deployed" at={receipt.deployedAt} />],
          ['Process started', <Moment key="started" at={receipt.startedAt} />],
          ['First tick', <Moment key="tick" at={receipt.firstTickAt} />],
          ['First heartbeat', <Moment key="beat" at={receipt.firstHeartbeatAt} />],
          ['Start to heartbeat', duration(untilHeard)],
          [
            'Run',
            <Copyable key="run" text={receipt.runId} shown={receipt.runId.slice(0, 8)} label="run id" />,
          ],
        ]}
      />
    </Card>
  )
}
