const MOST = 99

/** How many things behind a link wait for a person. */
export function NavBadge({ count }: { count: number }) {
  if (count === 0) return null
  return (
    <span className="num inline-grid h-[1.125rem] min-w-[1.125rem] place-items-center rounded-full bg-loss-soft px-1 font-semibold text-2xs text-loss">
      <span className="sr-only">Waiting: </span>
      {count > MOST ? `${MOST}+` : count}
    </span>
  )
}
