import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Account, Command } from '@/api/records'
import { commands } from '@/api/terminal-queries'
import { CommandList } from '@/components/command/command-list'
import { Loaded } from '@/components/loaded'
import { Card } from '@/ui/card'

const LATEST = 6

/** The prices that we ask for by ourselves, trade by trade, would push aside what a person wished. */
const wished = (rows: readonly Command[]): Command[] =>
  rows.filter(row => row.type !== 'FETCH_CANDLES' || !row.requestedBy.startsWith('system:'))

/** The newest that was asked of an account's terminals, and what came of it. */
export function CommandCard({ account }: { account: Account }) {
  // As many as whoever follows a command asks for: one question serves both.
  const query = useQuery(commands({ account: account.id, page: 1, pageSize: 20 }))
  return (
    <Card
      title="Orders and commands"
      bodyClassName="px-0 pb-1"
      actions={
        <Link to={`/commands?account=${account.id}`} className="rounded text-accent text-xs hover:underline">
          All of them
        </Link>
      }
    >
      <Loaded query={query}>
        {page =>
          wished(page.items).length === 0 ? (
            <p className="px-4 pb-3 text-muted text-sm">
              Nobody asked anything of it lately. An order shows up here at once, then what the terminal made
              of it.
            </p>
          ) : (
            <CommandList rows={wished(page.items).slice(0, LATEST)} hasOwner={false} />
          )
        }
      </Loaded>
    </Card>
  )
}
