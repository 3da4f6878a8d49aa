import type { Template } from '@/api/records'

/** What the price does, and, faint, what it is held against. */
interface Drawing {
  price: string
  against: string
}

const TREND: Drawing = {
  price: 'M3 18c4 0 5-2 7-5s4-7 11-8',
  against: 'M3 16c5 0 8-1 11-4s4-4 7-5',
}

const BY_CATEGORY: Readonly<Record<string, Drawing>> = {
  trend: TREND,
  grid: { price: 'M4 12l3-6 4 12 4-12 3 6h2', against: 'M3 6h18M3 12h18M3 18h18' },
  'mean reversion': { price: 'M3 12c2-10 4-10 6-2s4 9 6 3 3-2 6-1', against: 'M3 12h18' },
  breakout: { price: 'M3 15l2-3 2 4 3-5 2 4 3-6 6-5M17 4h4v4', against: 'M3 9h10M3 18h10' },
  momentum: { price: 'M5 20v-3M10 20v-6M15 20v-10M20 20V5', against: 'M3 13l9-7 5-3' },
  scalping: { price: 'M3 13l2-3 2 4 2-5 2 5 2-5 2 4 2-4 2 4 2-2', against: 'M3 6h18M3 18h18' },
  brain: {
    price: 'M4 12h3M17 12h3M7 12l5-6 5 6-5 6z',
    against: 'M12 6v12M7 12h10',
  },
}

/** A mark for an EA, drawn from how it trades; of an author's own kind, as one that follows the price. */
export function TemplateMark({ row }: { row: Pick<Template, 'category'> }) {
  const { price, against } = BY_CATEGORY[row.category.toLowerCase()] ?? TREND
  return (
    <span className="grid size-11 shrink-0 place-items-center rounded-xl bg-accent-soft text-accent">
      <svg
        viewBox="0 0 24 24"
        aria-hidden="true"
        className="size-6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={against} opacity="0.35" />
        <path d={price} />
      </svg>
    </span>
  )
}
