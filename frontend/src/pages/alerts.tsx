import { NavLink, Outlet } from 'react-router'
import { Page } from '@/components/page'
import { cx } from '@/ui/cx'

const TABS = [
  { to: '/alerts/channels', label: 'Channels' },
  { to: '/alerts/status', label: 'Status page' },
] as const

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
      <Outlet />
    </Page>
  )
}
