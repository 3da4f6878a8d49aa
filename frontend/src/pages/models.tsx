import { useQuery } from '@tanstack/react-query'
import { BrainCircuit, Radio, Upload } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { canWith, whyNot } from '@/api/can'
import { models } from '@/api/models'
import { ModelList } from '@/components/brain/model-list'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { ModelUploadDialog } from '@/forms/model-upload'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function ModelsPage() {
  const query = useQuery(models())
  const [isUploading, setUploading] = useState(false)
  const isOperator = !whyNot(canWith('operate', useMe()))
  return (
    <Page
      isNarrow
      title="Models"
      lead="What says which way, what each was worth on prices that it had not seen, and how it does since."
      actions={
        <>
          <Button asChild>
            <Link to="/signals">
              <Radio /> Signals
            </Link>
          </Button>
          {isOperator && (
            <Button variant="primary" onClick={() => setUploading(true)}>
              <Upload /> Register a model
            </Button>
          )}
        </>
      }
    >
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={BrainCircuit} title="No model is registered yet">
                {isOperator
                  ? 'Train one, and register its file. Until one is champion, EAs that ask go by their own rule.'
                  : 'Until one is, EAs that ask go by their own rule.'}
              </EmptyState>
            ) : (
              <ModelList rows={rows} />
            )
          }
        </Loaded>
      </Card>
      <ModelUploadDialog isOpen={isUploading} onClose={() => setUploading(false)} />
    </Page>
  )
}
