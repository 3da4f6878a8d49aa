import type { MarketRegime } from '@/api/markets'
import { REGIMES, tint } from '@/components/markets/words'
import { percent } from '@/format/percent'

/** What a market does, and how sure that is. */
export function RegimeBadge({ regime }: { regime: MarketRegime | null }) {
  if (!regime) return <span className="text-faint text-xs">not enough bars yet</span>
  const { label, icon: Icon, colour, says } = REGIMES[regime.name]
  return (
    <span
      title={says}
      className="inline-flex h-[1.375rem] items-center gap-1 whitespace-nowrap rounded-md px-1.5 font-medium text-ink text-xs"
      style={{ backgroundColor: tint(colour, 22) }}
    >
      <Icon aria-hidden className="size-3" style={{ color: `var(${colour})` }} />
      {label}
      <span className="num font-normal text-muted">{percent(regime.probability, 0)}</span>
    </span>
  )
}
