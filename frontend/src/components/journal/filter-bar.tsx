import { useQuery } from '@tanstack/react-query'
import { FilterX } from 'lucide-react'
import { breakdown, tags } from '@/api/journal-queries'
import { accounts, instances } from '@/api/queries'
import { FilterChip } from '@/components/journal/filter-chip'
import { FilterMore } from '@/components/journal/filter-more'
import {
  type FilterChanges,
  isFiltered,
  type JournalChoice,
  NOTHING_CHOSEN,
  RESULTS,
} from '@/components/journal/filters'
import { PeriodChip } from '@/components/journal/period-chip'
import { SearchBox } from '@/components/journal/search-box'
import { RESULT_WORDS } from '@/components/journal/words'
import { SIDES } from '@/components/states'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { type Choice, ChoiceList } from '@/ui/choice-list'

interface Props {
  choice: JournalChoice
  onChange: (changes: FilterChanges) => void
  /** Cash flows belong to an account and to nothing else. */
  hasAccountOnly?: boolean
}

/** Everything that the journal can be narrowed by: one line on a desk, one swipe on a phone. */
export function FilterBar({ choice, onChange, hasAccountOnly }: Props) {
  const choices = useChoices(choice)
  const list = (name: 'account' | 'symbol' | 'tag', label: string, empty: string) => (
    <FilterChip
      label={label}
      value={wordsOf(choice[name], choices[name])}
      onClear={() => onChange({ [name]: null })}
    >
      <ChoiceList
        label={label}
        choices={choices[name]}
        chosen={choice[name]}
        onChange={chosen => onChange({ [name]: chosen })}
        empty={empty}
      />
    </FilterChip>
  )
  const single = (name: 'instance' | 'side' | 'result', label: string, empty?: string) => (
    <FilterChip
      label={label}
      value={wordsOf(choice[name] ? [choice[name]] : [], choices[name])}
      onClear={() => onChange({ [name]: null })}
    >
      {close => (
        <ChoiceList
          isSingle
          label={label}
          choices={choices[name]}
          chosen={choice[name] ? [choice[name]] : []}
          onChange={([chosen]) => {
            onChange({ [name]: chosen ?? null })
            close()
          }}
          {...(empty ? { empty } : {})}
        />
      )}
    </FilterChip>
  )
  const others = (
    <>
      {single('instance', 'EA', 'No EA is deployed yet.')}
      {list('symbol', 'Symbol', 'Nothing was traded yet.')}
      {list('tag', 'Tag', 'Tags that you give to trades appear here.')}
      {single('side', 'Side')}
      {single('result', 'Result')}
      <FilterMore choice={choice} onChange={onChange} />
      {isFiltered(choice) && (
        <Button variant="ghost" size="sm" onClick={() => onChange(NOTHING_CHOSEN)}>
          <FilterX /> Clear
        </Button>
      )}
    </>
  )
  return (
    <search
      aria-label="Filter trades"
      className="no-bar -mx-4 flex items-center gap-1.5 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:overflow-visible sm:px-0"
    >
      {!hasAccountOnly && <SearchBox value={choice.q} onChange={q => onChange({ q })} />}
      {!hasAccountOnly && <PeriodChip choice={choice} onChange={onChange} />}
      {list('account', 'Account', 'No account yet.')}
      {!hasAccountOnly && others}
    </search>
  )
}

type Lists = Record<'account' | 'symbol' | 'tag' | 'instance' | 'side' | 'result', Choice[]>

function useChoices(choice: JournalChoice): Lists {
  const wallets = useQuery(accounts()).data ?? []
  const fleet = useQuery(instances()).data ?? []
  const traded = useQuery({ ...breakdown('symbol', {}), staleTime: 5 * 60_000 }).data ?? []
  const known = useQuery(tags()).data ?? []
  const own = fleet.filter(row => choice.account.length === 0 || choice.account.includes(row.accountId))
  return {
    account: wallets.map(row => ({ value: row.id, label: row.label, note: row.currency })),
    instance: own.map(row => ({ value: row.id, label: row.name, note: row.symbol })),
    symbol: bySymbol(traded),
    tag: known.map(row => ({ value: row.tag, label: row.tag, note: count(row.count) })),
    side: Object.entries(SIDES).map(([value, look]) => ({ value, label: look.label })),
    result: RESULTS.map(value => ({ value, label: RESULT_WORDS[value] })),
  }
}

/** A symbol that was traded in two currencies is one choice. */
function bySymbol(rows: readonly { key: string; trades: number }[]): Choice[] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.key, (counts.get(row.key) ?? 0) + row.trades)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, trades]) => ({ value, label: value, note: count(trades) }))
}

function wordsOf(chosen: readonly string[], choices: readonly Choice[]): string {
  const [first, ...others] = chosen
  if (first === undefined) return ''
  const name = choices.find(choice => choice.value === first)?.label ?? (isId(first) ? '…' : first)
  return others.length === 0 ? name : `${name} +${others.length}`
}

const isId = (text: string): boolean => /^[0-9a-f-]{36}$/.test(text)
