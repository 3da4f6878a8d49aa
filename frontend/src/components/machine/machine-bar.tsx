import { Search } from 'lucide-react'
import type { Machine } from '@/api/machines'
import { type MachineChoice, stateAt } from '@/components/machine/machines'
import { MACHINE_STATES } from '@/components/machine/words'
import { useUrlState } from '@/components/search-params'
import { Input, Select } from '@/ui/input'

interface Props {
  rows: readonly Machine[]
  choice: MachineChoice
  now: number
}

/** Search and state, both in the URL. */
export function MachineBar({ rows, choice, now }: Props) {
  const { change } = useUrlState()
  const states = rows.map(row => stateAt(row, now))
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Input
        type="search"
        aria-label="Search machines"
        placeholder="Machine, account, server"
        icon={<Search />}
        value={choice.q}
        onChange={event => change({ q: event.target.value })}
        className="h-8 w-44 sm:w-56"
      />
      <Select
        aria-label="State"
        value={choice.state}
        onChange={event => change({ state: event.target.value })}
        className="[&_select]:h-8"
      >
        <option value="">Any state</option>
        {Object.entries(MACHINE_STATES).map(([state, look]) => (
          <option key={state} value={state}>
            {look.label} ({states.filter(each => each === state).length})
          </option>
        ))}
      </Select>
    </div>
  )
}
