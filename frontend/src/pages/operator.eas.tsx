import { useQuery } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useState } from 'react'
import { eaReleases } from '@/api/release-queries'
import { Loaded } from '@/components/loaded'
import { TemplateVersions } from '@/components/release/version-list'
import { EaUploadDialog } from '@/forms/ea-upload'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'

export default function OperatorEasPage() {
  const query = useQuery(eaReleases())
  const [isUploading, setUploading] = useState(false)
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">
          An uploaded EA is checked, tried out in the sandbox, read by a person, and released. It runs only
          isolated.
        </p>
        <Button variant="primary" size="sm" onClick={() => setUploading(true)}>
          <Upload /> Upload an EA
        </Button>
      </div>
      <Loaded query={query}>
        {({ templates, isolationGap }) => (
          <div className="space-y-4">
            {isolationGap && (
              <Callout tone="warn" title="Uploaded EAs cannot be deployed here">
                {isolationGap}
              </Callout>
            )}
            {templates.map(template => (
              <TemplateVersions key={template.id} template={template} />
            ))}
          </div>
        )}
      </Loaded>
      <EaUploadDialog isOpen={isUploading} onClose={() => setUploading(false)} />
    </>
  )
}
