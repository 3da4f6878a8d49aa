import { useQuery } from '@tanstack/react-query'
import { NavLink, Outlet } from 'react-router'
import { incidentCounts } from '@/api/incidents'
import { Page } from '@/components/page'
import { Callout } from '@/ui/callout'
import { cx } from '@/ui/cx'

const TABS = [
  { to: '/alerts', label: 'Incidents', isIndex: true },
  { to: '/alerts/rules', label: 'Rules', isIndex: false },
  { to: '/alerts/programmes', label: 'Programmes', isIndex: false },
  { to: '/alerts/maintenance', label: 'Maintenance', isIndex: false },
  { to: '/alerts/channels', label: 'Channels', isIndex: false },
  { to: '/alerts/status', label: 'Status page', isIndex: false },
] as const

const LOOK_EVERY_MS = 15_000

/** The frame of what people are told of, and how. */
export default function AlertsPage() {
  return (
    <Page title="Alerts">
      <nav
        aria-label="Alerts"
        className="no-bar -mx-4 mb-4 flex gap-5 overflow-x-auto border-line border-b px-4 sm:mx-0 sm:px-0"
      >
        {TABS.map(tab => (
          <NavLink
            key={tab.to}
            to={tab.to}
            end={tab.isIndex}
            className={({ isActive }) =>
              cx(
                '-mb-px flex h-10 items-center whitespace-nowrap border-transparent border-b-2 font-medium text-muted text-sm outline-offset-[-4px] transition-colors hover:text-ink',
                isActive && 'border-accent text-ink',
              )
            }
          >
            {tab.label}
          </NavLink>
        ))}
      </nav>
      <NobodyJudges />
      <Outlet />
    </Page>
  )
}

function NobodyJudges() {
  const counts = useQuery({ ...incidentCounts(), refetchInterval: LOOK_EVERY_MS })
  if (counts.data?.isJudged !== false) return null
  return (
    <Callout tone="loss" title="Nobody judges now" className="mb-4">
      The judge's process is not heard. No rule acts and nothing new opens here until it is back; runners
      enforce their programmes by themselves.
    </Callout>
  )
}
