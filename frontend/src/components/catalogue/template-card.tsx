import { Lock, ShieldCheck } from 'lucide-react'
import { Link } from 'react-router'
import { planName } from '@/api/can'
import type { Template } from '@/api/records'
import { TemplateMark } from '@/components/catalogue/template-mark'
import { Badge } from '@/ui/badge'

export function TemplateCard({ row }: { row: Template }) {
  return (
    <Link
      to={`/catalogue/${row.slug}`}
      className="group flex flex-col rounded-xl border border-line bg-surface p-5 transition-colors hover:border-line-strong"
    >
      <div className="flex items-start gap-3">
        <TemplateMark row={row} />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-base text-ink group-hover:text-accent">{row.name}</h2>
          <p className="num text-faint text-xs">
            {row.category} · {row.timeframe} · {row.version.version}
          </p>
        </div>
        {row.version.isUploaded && <ReviewedBadge />}
        {!row.allowed && (
          <Badge tone="warn" icon={Lock}>
            {planName(row.requiredPlan)}
          </Badge>
        )}
      </div>
      <p className="mt-4 text-muted text-sm">{row.summary}</p>
      <p className="mt-4 line-clamp-2 border-line-strong border-l-2 pl-3 text-faint text-xs leading-relaxed">
        {row.riskNote}
      </p>
      <ul className="mt-4 flex flex-wrap gap-1.5" aria-label="Symbols">
        {row.symbols.map(symbol => (
          <li key={symbol} className="rounded-md bg-hover px-1.5 py-0.5 font-medium text-muted text-xs">
            {symbol}
          </li>
        ))}
      </ul>
    </Link>
  )
}

/** Of an EA that did not come with the product. */
export function ReviewedBadge() {
  return (
    <span
      title="Its code was uploaded, checked, tried out and read by a person. It runs isolated."
      className="inline-flex"
    >
      <Badge tone="accent" icon={ShieldCheck}>
        Reviewed
      </Badge>
    </span>
  )
}
