import type { Look } from '@/components/states'
import { Badge } from '@/ui/badge'

/** A state by word, icon and colour; what it means is its title. */
export function StateBadge({ look, label }: { look: Look; label?: string }) {
  return (
    <span title={look.says} className="inline-flex">
      <Badge tone={look.tone} icon={look.icon}>
        {label ?? look.label}
      </Badge>
    </span>
  )
}
