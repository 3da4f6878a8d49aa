import { ChevronRight } from 'lucide-react'
import { Link } from 'react-router'
import { useBadges } from '@/components/badges'
import { destinationsOf } from '@/components/nav'
import { NavBadge } from '@/components/nav-badge'
import { useMe } from '@/components/session'

/** What the phone's five places have no room for. */
export function MoreOnPhone() {
  const badges = useBadges()
  const me = useMe()
  return (
    <nav
      aria-label="More"
      className="mt-5 divide-y divide-line rounded-xl border border-line bg-surface lg:hidden"
    >
      {destinationsOf(me)
        .filter(item => !item.isOnPhone)
        .map(({ to, label, icon: Icon, badge }) => (
          <Link key={to} to={to} className="flex h-12 items-center gap-3 px-4 text-sm outline-offset-[-3px]">
            <Icon aria-hidden className="size-4 text-faint" />
            {label}
            <span className="ml-auto flex items-center gap-2">
              {badge && <NavBadge count={badges[badge]} />}
              <ChevronRight aria-hidden className="size-4 text-faint" />
            </span>
          </Link>
        ))}
    </nav>
  )
}
