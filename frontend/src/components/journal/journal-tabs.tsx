import { NavLink } from 'react-router'
import { type JournalChoice, toParams } from '@/components/journal/filters'
import { cx } from '@/ui/cx'

export const JOURNAL_TABS = [
  { to: '/journal', label: 'Trades' },
  { to: '/journal/statistics', label: 'Statistics' },
  { to: '/journal/calendar', label: 'Calendar' },
  { to: '/journal/compare', label: 'Compare' },
  { to: '/journal/cash-flows', label: 'Cash flows' },
] as const

/** The journal's screens; what is chosen goes along from one to the next. */
export function JournalTabs({ choice }: { choice: JournalChoice }) {
  const search = toParams(choice).toString()
  return (
    <nav
      aria-label="Journal"
      className="no-bar -mx-4 mb-3 flex gap-5 overflow-x-auto border-line border-b px-4 sm:mx-0 sm:px-0"
    >
      {JOURNAL_TABS.map(tab => (
        <NavLink
          key={tab.to}
          end
          to={{ pathname: tab.to, search }}
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
