import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { may } from '@/api/can'
import { eaVersion } from '@/api/release-queries'
import type { EaVersionDetail } from '@/api/release-records'
import { InputsTable } from '@/components/catalogue/inputs-table'
import { Loaded } from '@/components/loaded'
import { Missing } from '@/components/missing'
import { Moment } from '@/components/moment'
import { memory } from '@/components/operator/words'
import { Page } from '@/components/page'
import { FindingsCard } from '@/components/release/findings-card'
import { SourceView } from '@/components/release/source-view'
import { VERSION_STATES } from '@/components/release/states'
import { TrialCard } from '@/components/release/trial-card'
import { VersionActions } from '@/components/release/version-actions'
import { useMe } from '@/components/session'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { fieldsOf } from '@/forms/inputs'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'

export default function OperatorEaPage() {
  const me = useMe()
  const { id = '' } = useParams()
  const query = useQuery({ ...eaVersion(id), enabled: may(me, 'audit') })
  if (!may(me, 'audit')) return <Missing />
  return (
    <Loaded query={query} skeleton={<Skeleton className="m-8 h-96 rounded-xl" />}>
      {version => <Review version={version} />}
    </Loaded>
  )
}

function Review({ version }: { version: EaVersionDetail }) {
  const fields = fieldsOf(version.inputSchema)
  return (
    <Page
      title={`${version.name} ${version.version} · EA releases`}
      heading={
        <>
          {version.name} <span className="num font-normal text-muted">{version.version}</span>
        </>
      }
      parent={{ label: 'EA releases', to: '/operator/eas' }}
      badge={<StateBadge look={VERSION_STATES[version.state]} />}
      lead={VERSION_STATES[version.state].says}
      actions={<VersionActions version={version} />}
    >
      {version.decision && (
        <Callout tone={version.state === 'refused' ? 'loss' : 'info'} className="mb-5">
          {version.decision}
        </Callout>
      )}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="min-w-0 space-y-5">
          <Card title="Source" hint={version.isUploaded ? lines(version.source) : ''} bodyClassName="p-0">
            {version.isUploaded ? (
              <SourceView source={version.source} findings={version.findings} />
            ) : (
              <p className="px-4 pb-4 text-muted text-sm">
                It ships with the product: its source is that of this installation.
              </p>
            )}
          </Card>
          {fields.length > 0 && (
            <Card title="Inputs" bodyClassName="px-0 pb-1">
              <InputsTable fields={fields} />
            </Card>
          )}
        </div>
        <div className="min-w-0 space-y-5 max-xl:order-first">
          {version.isUploaded && <TrialCard version={version} />}
          {version.isUploaded && <FindingsCard findings={version.findings} />}
          <Card title="Release">
            <ReleaseFacts version={version} />
          </Card>
        </div>
      </div>
    </Page>
  )
}

const lines = (source: string): string => `${count(source.replace(/\n$/, '').split('\n').length)} lines`

function ReleaseFacts({ version }: { version: EaVersionDetail }) {
  const hash = version.contentHash
  return (
    <>
      {version.changelog && <p className="mb-3 whitespace-pre-line text-sm">{version.changelog}</p>}
      <Facts
        facts={[
          ['Slug', version.slug],
          ['Source hash', <Copyable key="hash" text={hash} shown={`${hash.slice(0, 19)}…`} label="hash" />],
          ['Uploaded by', version.uploadedBy || 'ships with the product'],
          ['Uploaded', <Moment key="made" at={version.createdAt} />],
          ['Reviewed by', version.reviewedBy || '—'],
          ['Reviewed', <Moment key="reviewed" at={version.reviewedAt} />],
          ['Released', <Moment key="released" at={version.publishedAt} />],
          ['EAs on it', `${count(version.instances)}, ${count(version.active)} active`],
          ...(version.declared
            ? ([
                ['Symbols', version.declared.symbols.join(', ')],
                ['Asks for', `${version.declared.cpu} cores, ${memory(version.declared.memoryMb)}`],
              ] as const)
            : []),
        ]}
      />
    </>
  )
}
