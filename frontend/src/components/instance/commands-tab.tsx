import { useQuery } from '@tanstack/react-query'
import { SquareTerminal } from 'lucide-react'
import { instanceCommands } from '@/api/queries'
import type { Instance } from '@/api/records'
import { isUnderWay } from '@/api/terminal-queries'
import { CommandList } from '@/components/command/command-list'
import { Loaded } from '@/components/loaded'
import { EmptyState } from '@/ui/empty-state'

/** While something is under way its state is looked at this often. */
const BUSY_MS = 1_500

/** What was asked of its terminal, and what came of it. */
export function CommandsTab({ instance }: { instance: Instance }) {
  const query = useQuery({
    ...instanceCommands(instance.id),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? BUSY_MS : false),
  })
  return (
    <Loaded query={query}>
      {rows =>
        rows.length === 0 ? (
          <EmptyState icon={SquareTerminal} title="Nothing was asked of it yet">
            Pause, resume, stop, new inputs and orders leave their trace here.
          </EmptyState>
        ) : (
          <CommandList rows={rows} hasOwner={false} />
        )
      }
    </Loaded>
  )
}
