import { useQuery } from '@tanstack/react-query'
import { type ProfileChange, profile, profileHistory } from '@/api/board'
import type { Account } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { money } from '@/format/money'
import { Card } from '@/ui/card'

const FIELDS: Record<string, string> = {
  phase: 'Phase',
  group: 'Group',
  holder: 'Holder',
  firm: 'Firm',
  programme: 'Programme',
  initial_balance: 'Initial balance',
}

/** A phase that comes after itself was begun anew. */
const wordsOf = (row: ProfileChange): string =>
  row.before === row.after ? `${row.after}, begun anew` : `${row.before || 'none'} → ${row.after || 'none'}`

/** What people say of the account, and who changed it when. It is changed on the board. */
export function ProfileCard({ account }: { account: Account }) {
  const now = useQuery(profile(account.id))
  const past = useQuery(profileHistory(account.id))
  return (
    <Card title="Phase and group">
      <Loaded query={now}>
        {found => (
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-5">
            <Fact label="Phase">{found.phase}</Fact>
            <Fact label="Group">{found.group}</Fact>
            <Fact label="Holder">{found.holder}</Fact>
            <Fact label="Firm">{found.firm}</Fact>
            <Fact label="Initial balance">
              {found.initialBalance === null ? '' : money(found.initialBalance, account.currency)}
            </Fact>
          </dl>
        )}
      </Loaded>
      <Loaded query={past}>
        {rows =>
          rows.length > 0 && (
            <ul aria-label="History" className="mt-4 divide-y divide-line border-line border-t text-sm">
              {rows.map(row => (
                <li key={row.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-2">
                  <span className="w-28 text-muted">{FIELDS[row.field]}</span>
                  <span className="font-medium">{wordsOf(row)}</span>
                  <span className="ml-auto text-faint text-xs">
                    {row.actor} · <Moment at={row.at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

function Fact({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="truncate">{children || '—'}</dd>
    </div>
  )
}
