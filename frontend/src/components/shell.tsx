import { BellRing, Search } from 'lucide-react'
import { useState } from 'react'
import { Link, NavLink, Outlet, ScrollRestoration, useNavigate } from 'react-router'
import { CriticalNews } from '@/components/alerts/critical-news'
import { useBadges } from '@/components/badges'
import { CommandPalette } from '@/components/command-palette'
import { useShortcuts } from '@/components/keys'
import { LiveIndicator } from '@/components/live-indicator'
import { LiveProvider } from '@/components/live-provider'
import { Logo } from '@/components/logo'
import { DESTINATIONS, destinationsOf } from '@/components/nav'
import { NavBadge } from '@/components/nav-badge'
import { PlanMeters } from '@/components/plan-meters'
import { RequireSession, useMe } from '@/components/session'
import { ShortcutsHelp } from '@/components/shortcuts-help'
import { SupportBanner } from '@/components/support-banner'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { Kbd } from '@/ui/kbd'

/** The frame around every signed-in page. */
export function Shell() {
  return (
    <RequireSession>
      <LiveProvider>
        <Frame />
      </LiveProvider>
    </RequireSession>
  )
}

function Frame() {
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const navigate = useNavigate()
  useShortcuts({
    onPalette: () => setOpen('palette'),
    onHelp: () => setOpen('help'),
    onGo: to => void navigate(to),
  })
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a
        href="#main"
        className="fixed top-2 left-2 z-[80] -translate-y-16 rounded-lg bg-accent-strong px-3 py-2 text-accent-ink text-sm focus:translate-y-0"
      >
        Skip to content
      </a>
      <TopBar onSearch={() => setOpen('palette')} />
      <SideBar onSearch={() => setOpen('palette')} />
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 pb-20 outline-none lg:pb-0">
        <SupportBanner />
        <Outlet />
      </main>
      <BottomBar />
      <ScrollRestoration />
      <CriticalNews />
      <CommandPalette isOpen={open === 'palette'} onClose={() => setOpen(null)} />
      <ShortcutsHelp isOpen={open === 'help'} onClose={() => setOpen(null)} />
    </div>
  )
}

function SideBar({ onSearch }: { onSearch: () => void }) {
  const me = useMe()
  return (
    <aside className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col border-line border-r bg-surface px-3 py-4 lg:flex">
      <div className="flex items-center justify-between px-2">
        <Logo />
      </div>
      <button
        type="button"
        onClick={onSearch}
        className="mt-5 flex h-9 shrink-0 items-center gap-2 rounded-lg border border-line bg-canvas px-2.5 text-faint text-sm hover:border-line-strong hover:text-muted"
      >
        <Search aria-hidden className="size-4" />
        Go to…
        <span className="ml-auto">
          <Kbd>⌘K</Kbd>
        </span>
      </button>
      <nav aria-label="Main" className="mt-4 flex min-h-0 flex-1 flex-col">
        <div className="thin-bar flex min-h-0 flex-col gap-0.5 overflow-y-auto">
          <Places isPinned={false} />
        </div>
        <div className="mt-1.5 flex shrink-0 flex-col gap-0.5 border-line border-t pt-1.5">
          <Places isPinned />
        </div>
      </nav>
      <div className="shrink-0 space-y-3 pt-3">
        <PlanMeters me={me} />
        <div className="flex items-center justify-between border-line border-t pt-3">
          <NavLink to="/settings" className="min-w-0 rounded px-2" title={me.email}>
            <span className="block truncate font-medium text-ink text-xs">{me.tenantName}</span>
            <span className="block truncate text-2xs text-faint">{me.email}</span>
          </NavLink>
          <LiveIndicator className="shrink-0" />
        </div>
      </div>
    </aside>
  )
}

function Places({ isPinned }: { isPinned: boolean }) {
  const me = useMe()
  const badges = useBadges()
  return destinationsOf(me)
    .filter(item => (item.isPinned ?? false) === isPinned)
    .map(({ to, label, icon: Icon, badge }) => (
      <NavLink
        key={to}
        to={to}
        end={to === '/'}
        className={({ isActive }) =>
          cx(
            'flex h-9 short:h-7 shrink-0 items-center gap-2.5 rounded-lg px-2.5 outline-offset-[-2px] font-medium text-muted text-sm transition-colors hover:bg-hover hover:text-ink',
            isActive && 'bg-hover text-ink [&_svg]:text-accent',
          )
        }
      >
        <Icon aria-hidden className="size-4" strokeWidth={1.9} />
        {label}
        {badge && (
          <span className="ml-auto inline-flex">
            <NavBadge count={badges[badge]} />
          </span>
        )}
      </NavLink>
    ))
}

function TopBar({ onSearch }: { onSearch: () => void }) {
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-line border-b bg-surface/90 px-4 backdrop-blur lg:hidden">
      <Logo />
      <LiveIndicator className="ml-auto" />
      <OpenIncidents />
      <Button variant="ghost" size="icon" aria-label="Go to…" onClick={onSearch}>
        <Search />
      </Button>
    </header>
  )
}

/** On a phone, where the navigation has no room for it. */
function OpenIncidents() {
  const { incidents } = useBadges()
  if (incidents === 0) return null
  return (
    <Button asChild variant="ghost" size="sm">
      <Link
        to="/alerts"
        aria-label={incidents === 1 ? '1 incident is open' : `${incidents} incidents are open`}
      >
        <BellRing /> <NavBadge count={incidents} />
      </Link>
    </Button>
  )
}

function BottomBar() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface/95 pb-[env(safe-area-inset-bottom)] backdrop-blur lg:hidden"
    >
      {DESTINATIONS.filter(item => item.isOnPhone).map(({ to, label, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) =>
            cx(
              'flex h-15 flex-1 flex-col items-center justify-center gap-1 font-medium text-2xs text-faint outline-offset-[-3px]',
              isActive && 'text-accent',
            )
          }
        >
          <Icon aria-hidden className="size-5" strokeWidth={1.8} />
          {label}
        </NavLink>
      ))}
    </nav>
  )
}
