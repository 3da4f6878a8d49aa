import { CircleAlert, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { Finding } from '@/api/release-records'
import { lineId } from '@/components/release/source-view'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'

/** What the static checks found; each leads to its line. */
export function FindingsCard({ findings }: { findings: readonly Finding[] }) {
  return (
    <Card title="Static checks" hint="Imports, files, network, reflection, shape" bodyClassName="p-0">
      {findings.length === 0 ? (
        <p className="flex items-center gap-2 px-4 pb-4 text-muted text-sm">
          <ShieldCheck aria-hidden className="size-4 text-profit" /> Nothing found.
        </p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {findings.map(finding => (
            <FindingRow key={`${finding.line}${finding.rule}${finding.detail}`} finding={finding} />
          ))}
        </ul>
      )}
      <p className="border-line border-t px-4 py-3 text-faint text-xs">
        The checks find what is plain to see and are no sandbox: it is the isolation that keeps an uploaded EA
        in. Read the source.
      </p>
    </Card>
  )
}

function FindingRow({ finding }: { finding: Finding }) {
  const isError = finding.severity === 'error'
  const Icon = isError ? CircleAlert : TriangleAlert
  return (
    <li>
      <a
        href={`#${lineId(finding.line)}`}
        className="flex items-start gap-2.5 px-4 py-2.5 text-sm hover:bg-hover"
      >
        <Icon aria-hidden className={cx('mt-0.5 size-4 shrink-0', isError ? 'text-loss' : 'text-warn')} />
        <span className="min-w-0 flex-1 text-muted">{finding.detail}</span>
        <span className="num shrink-0 text-faint text-xs">
          {finding.line > 0 ? `line ${finding.line}` : 'file'}
        </span>
      </a>
    </li>
  )
}
