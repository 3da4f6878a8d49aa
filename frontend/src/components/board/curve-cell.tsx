import { useQuery } from '@tanstack/react-query'
import { curve } from '@/api/curves'
import { Sparkline } from '@/ui/sparkline'

/** The account's equity over the last day. */
export function CurveCell({ id, label }: { id: string; label: string }) {
  const { data = [] } = useQuery(curve(id))
  return (
    <span className="block h-7 w-24">
      <Sparkline values={data} label={`Equity of ${label} over the last day`} className="size-full" />
    </span>
  )
}
