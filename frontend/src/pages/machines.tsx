import { useQuery } from '@tanstack/react-query'
import { Plus, SearchX, Server } from 'lucide-react'
import { canWith, whyNot } from '@/api/can'
import { type Machine, machines } from '@/api/machines'
import { CsvLink } from '@/components/csv-link'
import { Loaded } from '@/components/loaded'
import { AddMachineDialog } from '@/components/machine/add-dialog'
import { MachineBar } from '@/components/machine/machine-bar'
import { MachineTable } from '@/components/machine/machine-table'
import { chosenMachines, readChoice, sortAfter, stateAt } from '@/components/machine/machines'
import { useNow } from '@/components/now'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

export default function MachinesPage() {
  const { params, change } = useUrlState()
  const query = useQuery(machines())
  const reason = whyNot(canWith('deploy', useMe()))
  const file = new URLSearchParams([...params].filter(([name]) => name === 'q' || name === 'state'))
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => change({ add: 'yes' }, 'push')}>
      <Plus /> Add a machine
    </Button>
  )
  return (
    <Page
      title="Machines"
      lead="The computers that your terminals run on, as their host agents see them."
      actions={
        <>
          <CsvLink href={`/api/machines/export.csv?${file}`} what="The machines" />
          {add}
        </>
      }
    >
      <Loaded query={query} skeleton={<Skeleton className="h-96 w-full rounded-xl" />}>
        {rows =>
          rows.length === 0 ? (
            <Card>
              <EmptyState icon={Server} title="No machine yet" actions={add}>
                A small agent on your VPS, one for each machine, tells here how the machine is and what its
                MetaTrader terminals are doing. It never signs a terminal in or out, and never trades.
              </EmptyState>
            </Card>
          ) : (
            <MachineView rows={rows} />
          )
        }
      </Loaded>
      <AddMachineDialog
        isOpen={params.get('add') === 'yes' && !reason}
        onClose={() => change({ add: null })}
      />
    </Page>
  )
}

function MachineView({ rows }: { rows: readonly Machine[] }) {
  const { params, change } = useUrlState()
  const now = useNow()
  const choice = readChoice(params)
  const shown = chosenMachines(rows, choice, now)
  return (
    <Card
      title={heading(rows, now)}
      hint={shown.length === rows.length ? undefined : `${shown.length} of ${rows.length}`}
      bodyClassName="px-0 pb-1"
      actions={<MachineBar rows={rows} choice={choice} now={now} />}
    >
      {shown.length === 0 ? (
        <EmptyState
          icon={SearchX}
          title="No machine matches"
          actions={<Button onClick={() => change({ q: null, state: null })}>Show all</Button>}
        >
          Search and state together leave nothing.
        </EmptyState>
      ) : (
        <MachineTable
          rows={shown}
          choice={choice}
          now={now}
          onSort={key => change({ sort: sortAfter(choice, key) })}
        />
      )}
    </Card>
  )
}

/** How many, and how many of them are well. */
function heading(rows: readonly Machine[], now: number): string {
  const online = rows.filter(row => stateAt(row, now) === 'online').length
  return `${online} of ${rows.length} online`
}
