import { NavLink } from 'react-router'
import { cx } from '@/ui/cx'

export const OPERATOR_TABS = [
  { to: '/operator', label: 'Overview' },
  { to: '/operator/instances', label: 'Instances' },
  { to: '/operator/hosts', label: 'Hosts' },
  { to: '/operator/eas', label: 'EA releases' },
  { to: '/operator/rollouts', label: 'Rollouts' },
  { to: '/operator/scaling', label: 'Scaling' },
  { to: '/operator/costs', label: 'Costs' },
  { to: '/operator/objectives', label: 'Objectives' },
  { to: '/operator/tasks', label: 'Tasks' },
  { to: '/operator/customers', label: 'Customers' },
  { to: '/operator/audit', label: 'Audit' },
] as const

/** The operator's screens. */
export function OperatorTabs() {
  return (
    <nav
      aria-label="Operator"
      className="no-bar -mx-4 mb-4 flex gap-5 overflow-x-auto border-line border-b px-4 sm:mx-0 sm:px-0"
    >
      {OPERATOR_TABS.map(tab => (
        <NavLink
          key={tab.to}
          end={tab.to === '/operator'}
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
  )
}
