import { useState } from 'react'
import type { EaVersion } from '@/api/release-records'
import { type Decision, decisions } from '@/components/release/states'
import { decisionVerb, EaDecideDialog } from '@/forms/ea-decide'
import { Button } from '@/ui/button'

/** Buttons for what may be decided of a version now, the most wanted one last. */
export function VersionActions({ version }: { version: EaVersion }) {
  const [asked, setAsked] = useState<Decision | null>(null)
  const open = decisions(version)
  const wanted = open.find(one => one === 'approve' || one === 'release')
  return (
    <>
      {open
        .toSorted((one, other) => Number(one === wanted) - Number(other === wanted))
        .map(one => (
          <Button key={one} variant={one === wanted ? 'primary' : 'secondary'} onClick={() => setAsked(one)}>
            {decisionVerb(one)}
          </Button>
        ))}
      {asked && <EaDecideDialog version={version} decision={asked} isOpen onClose={() => setAsked(null)} />}
    </>
  )
}
