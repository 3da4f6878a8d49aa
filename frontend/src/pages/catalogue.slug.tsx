import { useQuery } from '@tanstack/react-query'
import { FlaskConical, Lock, Rocket, Telescope } from 'lucide-react'
import { Link, useParams } from 'react-router'
import { canTenant, planName, whyNot } from '@/api/can'
import { template } from '@/api/queries'
import type { Template } from '@/api/records'
import { templateLink } from '@/components/backtest/links'
import { InputsTable } from '@/components/catalogue/inputs-table'
import { ReleaseList } from '@/components/catalogue/release-list'
import { ReviewedBadge } from '@/components/catalogue/template-card'
import { TemplateMark } from '@/components/catalogue/template-mark'
import { Loaded } from '@/components/loaded'
import { optimiseTemplateLink } from '@/components/optimisation/links'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { fieldsOf } from '@/forms/inputs'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'

export default function TemplatePage() {
  const { slug = '' } = useParams()
  const query = useQuery(template(slug))
  return (
    <Loaded query={query} skeleton={<Skeleton className="m-8 h-96 rounded-xl" />}>
      {row => <TemplateView row={row} />}
    </Loaded>
  )
}

function TemplateView({ row }: { row: Template }) {
  const me = useMe()
  const reason = whyNot(canTenant('deploy', row, me))
  return (
    <Page
      title={row.name}
      parent={{ label: 'Catalogue', to: '/catalogue' }}
      heading={
        <span className="flex items-center gap-3">
          <TemplateMark row={row} /> {row.name}
        </span>
      }
      badge={
        <>
          {row.version.isUploaded && <ReviewedBadge />}
          {!row.allowed && (
            <Badge tone="warn" icon={Lock}>
              {planName(row.requiredPlan)} plan
            </Badge>
          )}
        </>
      }
      actions={
        <>
          <BacktestThis row={row} />
          <OptimiseThis row={row} />
          <DeployThis slug={row.slug} reason={reason} />
        </>
      }
    >
      {reason && (
        <Callout tone="warn" className="mb-5">
          {reason}{' '}
          <Link to="/settings" className="underline">
            See your plan
          </Link>
        </Callout>
      )}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[2fr_1fr]">
        <div className="space-y-5">
          <Card title="How it trades">
            <p className="max-w-prose text-muted leading-relaxed">{row.description || row.summary}</p>
          </Card>
          <Callout tone="warn" title="Risk">
            {row.riskNote || 'Its author says nothing of its risk.'}
          </Callout>
          <Card
            title="Inputs"
            hint="You set them when you deploy, and may change them later."
            bodyClassName="px-0 pb-1"
          >
            <InputsTable fields={fieldsOf(row.version.inputSchema)} />
          </Card>
        </div>
        <div className="space-y-5">
          <Card title="Release">
            <ReleaseFacts row={row} />
          </Card>
          <ReleaseList slug={row.slug} />
        </div>
      </div>
    </Page>
  )
}

function BacktestThis({ row }: { row: Template }) {
  const why = whyNot(canTenant('backtest', row, useMe()))
  const words = (
    <>
      <FlaskConical /> Backtest
    </>
  )
  if (why) return <Button disabledReason={why}>{words}</Button>
  return (
    <Button asChild>
      <Link to={templateLink(row.slug)}>{words}</Link>
    </Button>
  )
}

function OptimiseThis({ row }: { row: Template }) {
  const why = whyNot(canTenant('optimise', row, useMe()))
  const words = (
    <>
      <Telescope /> Optimise
    </>
  )
  if (why) return <Button disabledReason={why}>{words}</Button>
  return (
    <Button asChild>
      <Link to={optimiseTemplateLink(row.slug)}>{words}</Link>
    </Button>
  )
}

function DeployThis({ slug, reason }: { slug: string; reason: string | undefined }) {
  const words = (
    <>
      <Rocket /> Deploy
    </>
  )
  if (reason) {
    return (
      <Button variant="primary" disabledReason={reason}>
        {words}
      </Button>
    )
  }
  return (
    <Button asChild variant="primary">
      <Link to={`/deploy?template=${slug}&step=place`}>{words}</Link>
    </Button>
  )
}

function ReleaseFacts({ row }: { row: Template }) {
  const hash = row.version.contentHash
  return (
    <Facts
      facts={[
        ['Version', row.version.version],
        ['Source hash', <Copyable key="hash" text={hash} shown={`${hash.slice(0, 19)}…`} label="hash" />],
        ['Symbols', row.symbols.join(', ')],
        ['Timeframe', row.timeframe],
        ['Category', row.category],
        ['Needs plan', planName(row.requiredPlan)],
        ['CPU', `${row.cpu} cores`],
        ['Memory', `${row.memoryMb} MB`],
      ]}
    />
  )
}
