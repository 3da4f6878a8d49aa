import { useState } from 'react'
import type { Terms } from '@/api/programmes'
import { useNow } from '@/components/now'
import { TermsPlot } from '@/components/programme/terms-plot'
import { dayWords, sentencesOf } from '@/components/programme/words'
import { zoneClock } from '@/format/zone'
import { Segmented } from '@/ui/segmented'

/** What a programme demands, phase by phase, in sentences and in a picture. */
export function TermsView({ terms }: { terms: Terms }) {
  const [chosen, setChosen] = useState('')
  const clock = zoneClock(terms.timezone, new Date(useNow()))
  const phase = terms.phases.find(one => one.name === chosen) ?? terms.phases[0]
  if (!phase) return null
  return (
    <div className="space-y-3">
      <Segmented
        label="Phase"
        options={terms.phases.map(one => ({ value: one.name, label: one.name }))}
        value={phase.name}
        onChange={setChosen}
      />
      <ul className="list-disc space-y-1 pl-4 text-muted text-sm marker:text-faint">
        {sentencesOf(phase).map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <TermsPlot phase={phase} />
      <p className="text-faint text-xs">
        {dayWords(terms)}
        {clock && `, where it is ${clock} now`}.
      </p>
    </div>
  )
}
