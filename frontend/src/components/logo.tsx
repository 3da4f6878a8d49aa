import { cx } from '@/ui/cx'

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2.5', className)}>
      <svg viewBox="0 0 32 32" aria-hidden="true" className="size-7">
        <rect width="32" height="32" rx="8" className="fill-accent-soft" />
        <path
          d="M7 22V12l5 5 4-8 4 8 5-5v10"
          fill="none"
          className="stroke-accent"
          strokeWidth="2.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span className="font-semibold text-[0.9375rem] text-ink tracking-tight">metafleet</span>
    </span>
  )
}
