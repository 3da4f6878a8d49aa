import { CircleAlert, TriangleAlert } from 'lucide-react'
import type { Finding } from '@/api/release-records'
import { cx } from '@/ui/cx'

interface Props {
  source: string
  findings: readonly Finding[]
}

export const lineId = (line: number): string => `line-${line}`

/** The source with its line numbers, each finding under the line that it is about. */
export function SourceView({ source, findings }: Props) {
  const byLine = new Map<number, Finding[]>()
  for (const finding of findings) byLine.set(finding.line, [...(byLine.get(finding.line) ?? []), finding])
  const lines = source.replace(/\n$/, '').split('\n')
  return (
    <section
      aria-label="Source"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
      tabIndex={0}
      className="max-h-[70dvh] overflow-auto rounded-b-xl border-line border-t bg-canvas font-mono text-xs leading-5 [font-variant-ligatures:none]"
    >
      <ol className="min-w-max py-2">
        {lines.map((text, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is what it is by its number
          <SourceLine key={index} number={index + 1} text={text} findings={byLine.get(index + 1) ?? []} />
        ))}
      </ol>
    </section>
  )
}

function SourceLine({ number, text, findings }: { number: number; text: string; findings: Finding[] }) {
  const isError = findings.some(finding => finding.severity === 'error')
  const isMarked = findings.length > 0
  return (
    <li id={lineId(number)} className="scroll-mt-6 target:bg-accent-soft">
      <div className={cx('flex', isMarked && (isError ? 'bg-loss-soft' : 'bg-warn-soft'))}>
        <span
          className={cx(
            'num sticky left-0 w-12 shrink-0 select-none bg-canvas pr-3 text-right text-faint',
            isMarked && (isError ? 'font-semibold text-loss' : 'font-semibold text-warn'),
          )}
        >
          {number}
        </span>
        <code className="whitespace-pre pr-4 text-ink">{text || ' '}</code>
      </div>
      {findings.map(finding => (
        <FindingNote key={`${finding.rule}${finding.detail}`} finding={finding} />
      ))}
    </li>
  )
}

function FindingNote({ finding }: { finding: Finding }) {
  const isError = finding.severity === 'error'
  const Icon = isError ? CircleAlert : TriangleAlert
  return (
    <p
      className={cx(
        'sticky left-12 my-1 ml-12 flex w-[min(32rem,calc(100vw-6rem))] items-start gap-2 rounded-md border px-2.5 py-1.5 font-sans leading-snug',
        isError ? 'border-loss/40 bg-loss-soft text-loss' : 'border-warn/40 bg-warn-soft text-warn',
      )}
    >
      <Icon aria-hidden className="mt-px size-3.5 shrink-0" />
      <span>{finding.detail}</span>
    </p>
  )
}
