import { GraduationCap, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import type { ModelDetail, ModelVersion } from '@/api/models'
import { actsOf, type ModelAct, whyNotAct } from '@/components/brain/version-acts'
import { useMe } from '@/components/session'
import { ACT_WORDS, RetrainDialog, RollBackDialog, VersionActDialog } from '@/forms/model-act'
import { Button } from '@/ui/button'

/** What an operator may do with a version, the most wanted last. Others see none of it. */
export function VersionActions({ model, version }: { model: ModelDetail; version: ModelVersion }) {
  const [asked, setAsked] = useState<ModelAct | null>(null)
  const me = useMe()
  if (whyNot(canWith('operate', me))) return null
  return (
    <div className="flex flex-wrap gap-2">
      {actsOf(version).map(act => (
        <Button
          key={act}
          size="sm"
          variant={act === 'promote' ? 'primary' : 'secondary'}
          disabledReason={whyNotAct(act, version)}
          onClick={() => setAsked(act)}
        >
          {ACT_WORDS[act]}
        </Button>
      ))}
      {asked && (
        <VersionActDialog model={model} version={version} act={asked} onClose={() => setAsked(null)} />
      )}
    </div>
  )
}

export function ModelActions({ model }: { model: ModelDetail }) {
  const [asked, setAsked] = useState<'roll-back' | 'retrain' | null>(null)
  const me = useMe()
  if (whyNot(canWith('operate', me))) return null
  const hasBefore = model.allVersions.some(version => version.state === 'retired' && version.promotedAt)
  return (
    <>
      <Button
        disabledReason={hasBefore ? undefined : 'There is no champion of before to roll back to.'}
        onClick={() => setAsked('roll-back')}
      >
        <RotateCcw /> Roll back
      </Button>
      <Button onClick={() => setAsked('retrain')}>
        <GraduationCap /> Train again
      </Button>
      {asked === 'roll-back' && <RollBackDialog model={model} onClose={() => setAsked(null)} />}
      {asked === 'retrain' && <RetrainDialog model={model} onClose={() => setAsked(null)} />}
    </>
  )
}
