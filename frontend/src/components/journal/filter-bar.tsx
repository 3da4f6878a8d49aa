import { useQuery } from '@tanstack/react-query'
import { FilterX } from 'lucide-react'
import { accounts, instances, symbols } from '@/api/queries'
import { isFiltered, type JournalChoice } from '@/components/journal/filters'
import { SIDES, TRADE_STATES } from '@/components/states'
import { Button } from '@/ui/button'
import { Input, Select } from '@/ui/input'

interface Props {
  choice: JournalChoice
  onChange: (changes: Record<string, string | null>) => void
}

export function FilterBar({ choice, onChange }: Props) {
  const wallets = useQuery(accounts()).data ?? []
  const fleet = useQuery(instances()).data ?? []
  const specs = useQuery(symbols()).data ?? []
  const own = fleet.filter(row => !choice.account || row.accountId === choice.account)
  const chooser = (
    name: string,
    label: string,
    any: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <Select
      aria-label={label}
      value={choice[name as keyof JournalChoice]}
      onChange={event => onChange({ [name]: event.target.value })}
      className="min-w-0 flex-[1_1_8rem]"
    >
      <option value="">{any}</option>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  )
  return (
    <search aria-label="Filter trades" className="mb-5 flex flex-wrap items-center gap-2">
      {chooser(
        'account',
        'Account',
        'All accounts',
        wallets.map(row => [row.id, row.label] as const),
      )}
      {chooser(
        'instance',
        'EA',
        'All EAs',
        own.map(row => [row.id, row.name] as const),
      )}
      {chooser(
        'symbol',
        'Symbol',
        'All symbols',
        specs.map(row => [row.name, row.name] as const),
      )}
      {chooser(
        'side',
        'Side',
        'Both sides',
        Object.entries(SIDES).map(([value, look]) => [value, look.label]),
      )}
      {chooser(
        'state',
        'State',
        'Any state',
        Object.entries(TRADE_STATES).map(([value, look]) => [value, look.label]),
      )}
      <span className="flex flex-[1_1_17rem] items-center gap-1.5 text-faint text-xs">
        <Input
          type="date"
          aria-label="From day (UTC)"
          value={choice.from}
          max={choice.to || undefined}
          onChange={event => onChange({ from: event.target.value })}
        />
        –
        <Input
          type="date"
          aria-label="To day (UTC)"
          value={choice.to}
          min={choice.from || undefined}
          onChange={event => onChange({ to: event.target.value })}
        />
      </span>
      {isFiltered(choice) && (
        <Button
          variant="ghost"
          onClick={() =>
            onChange({
              account: null,
              instance: null,
              symbol: null,
              side: null,
              state: null,
              from: null,
              to: null,
            })
          }
        >
          <FilterX /> Clear
        </Button>
      )}
    </search>
  )
}
