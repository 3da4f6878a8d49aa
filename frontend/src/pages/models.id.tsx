import { useQuery } from '@tanstack/react-query'
import { Radio } from 'lucide-react'
import { Link, useParams } from 'react-router'
import { type ModelDetail, model } from '@/api/models'
import { ModelActions } from '@/components/brain/model-actions'
import { RetrainingList } from '@/components/brain/retraining-list'
import { VersionCard } from '@/components/brain/version-card'
import { VersionList } from '@/components/brain/version-list'
import { wherever } from '@/components/brain/words'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Skeleton } from '@/ui/skeleton'

export default function ModelPage() {
  const { id = '' } = useParams()
  const query = useQuery(model(id))
  return (
    <Loaded query={query} skeleton={<Skeleton className="m-8 h-96 rounded-xl" />}>
      {found => <Shown model={found} />}
    </Loaded>
  )
}

function Shown({ model }: { model: ModelDetail }) {
  const { params, change } = useUrlState()
  const newest = model.allVersions[0]
  const asked = model.allVersions.find(version => version.id === params.get('version'))
  const chosen = asked?.id ?? model.champion?.id ?? newest?.id
  return (
    <Page
      title={`${model.name} · Models`}
      heading={model.name}
      parent={{ label: 'Models', to: '/models' }}
      badge={!model.isOpen && <Badge tone="warn">{model.requiredPlan} plan</Badge>}
      lead={wherever(model)}
      actions={
        <>
          <Button asChild>
            <Link to={`/signals?model=${model.id}`}>
              <Radio /> Its signals
            </Link>
          </Button>
          <ModelActions model={model} />
        </>
      }
    >
      {!model.champion && (
        <Callout title="Nobody speaks for this model" className="mb-5">
          EAs that ask it are told so, and go by their own rule.
        </Callout>
      )}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0">{chosen && <VersionCard model={model} id={chosen} />}</div>
        <div className="min-w-0 space-y-5 max-xl:order-first">
          <Card title="Versions" bodyClassName="p-0">
            <VersionList
              rows={model.allVersions}
              chosen={chosen ?? ''}
              onChoose={version => change({ version }, 'push')}
            />
          </Card>
          <RetrainingList model={model} />
        </div>
      </div>
    </Page>
  )
}
