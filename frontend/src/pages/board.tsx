import { useQuery } from '@tanstack/react-query'
import { SearchX, Wallet } from 'lucide-react'
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { type BoardRow, board, boardStart } from '@/api/board'
import { canWith, whyNot } from '@/api/can'
import {
  type BoardChoice,
  chosenRows,
  FACET_NAMES,
  linesOf,
  readChoice,
  sortAfter,
  withAll,
  wordsOf,
} from '@/components/board/board'
import { BoardBar } from '@/components/board/board-bar'
import { BoardFoot } from '@/components/board/board-foot'
import { BoardTable } from '@/components/board/board-table'
import { readColumns } from '@/components/board/columns'
import { useSet, type Written } from '@/components/board/use-set'
import { CsvLink } from '@/components/csv-link'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

export default function BoardPage() {
  const { params } = useUrlState()
  const start = useQuery(boardStart())
  // Both at once would have the first rows wait for all of them.
  const query = useQuery({ ...board(), enabled: start.isFetched })
  const isWaiting = query.data === undefined && isPlain(readChoice(params))
  const file = new URLSearchParams([...params].filter(([name]) => isInFile(name)))
  return (
    <Page
      title="Board"
      lead="Every account: who holds it, where it is, how it stands."
      actions={<CsvLink href={`/api/board/export.csv?${file}`} what="The board" />}
    >
      <Loaded
        query={isWaiting && start.data ? start : query}
        skeleton={<Skeleton className="h-96 w-full rounded-xl" />}
      >
        {({ rows, accounts }) =>
          rows.length === 0 ? (
            <NoAccount />
          ) : (
            <BoardView rows={rows} accounts={accounts} isBeginning={isWaiting} />
          )
        }
      </Loaded>
    </Page>
  )
}

/** Whether the board begins with its first accounts, as they are. */
const isPlain = ({ q, filters, by, sort, isDown }: BoardChoice): boolean =>
  !q && Object.keys(filters).length === 0 && !by && sort === 'label' && !isDown

/** The file is made by the same filters. */
const isInFile = (name: string): boolean => name === 'q' || FACET_NAMES.some(facet => facet === name)

function NoAccount() {
  return (
    <Card>
      <EmptyState
        icon={Wallet}
        title="No account yet"
        actions={
          <Button asChild variant="primary">
            <Link to="/accounts?new=open">Add account</Link>
          </Button>
        }
      >
        Accounts stand here with their phase and group as soon as there is one.
      </EmptyState>
    </Card>
  )
}

interface ViewProps {
  rows: readonly BoardRow[]
  /** How many there are. */
  accounts: number
  /** These are the first rows, to look at: what is changed now would be overtaken by what comes. */
  isBeginning: boolean
}

function BoardView({ rows, accounts, isBeginning }: ViewProps) {
  const { params, change } = useUrlState()
  const may = whyNot(canWith('deploy', useMe()))
  const reason = isBeginning ? 'One moment: the accounts are being added up.' : may
  const choice = useMemo(() => readChoice(params), [params])
  const columns = useMemo(() => readColumns(params), [params])
  const wanted = useDeferredValue(choice)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const shown = useMemo(() => chosenRows(rows, wanted), [rows, wanted])
  const lines = useMemo(() => linesOf(shown, wanted.by, closed), [shown, wanted.by, closed])
  const names = wordsOf(rows, 'group').join('\n')
  const groups = useMemo(() => names.split('\n').filter(Boolean), [names])
  const set = useSet()
  const picked = shown.filter(row => chosen.has(row.id))
  const onChoose = useCallback(
    (ids: readonly string[], isOn: boolean) => setChosen(before => withAll(before, ids, isOn)),
    [],
  )
  const onSet = useCallback((row: BoardRow, field: Written, value: string) => set([row], field, value), [set])
  return (
    <>
      <Card
        title="Accounts"
        hint={shown.length === rows.length ? undefined : `${shown.length} of ${rows.length}`}
        bodyClassName="px-0 pb-1"
        actions={<BoardBar rows={rows} choice={choice} />}
      >
        {shown.length === 0 ? (
          <NoMatch choice={choice} />
        ) : (
          <BoardTable
            lines={lines}
            columns={columns}
            choice={choice}
            chosen={chosen}
            groups={groups}
            reason={reason}
            onSort={key => change({ sort: sortAfter(choice, key) })}
            onChoose={onChoose}
            onToggle={name => setClosed(before => withAll(before, [name], !before.has(name)))}
            onSet={onSet}
          />
        )}
      </Card>
      {rows.length < accounts && (
        <p role="status" className="px-4 py-3 text-muted text-sm">
          Adding up {count(accounts)} accounts …
        </p>
      )}
      {shown.length > 0 && rows.length === accounts && (
        <BoardFoot
          rows={picked.length > 0 ? picked : shown}
          isChosen={picked.length > 0}
          reason={reason}
          onSet={(field, value) => set(picked, field, value)}
          onClear={() => setChosen(new Set())}
        />
      )}
    </>
  )
}

function NoMatch({ choice }: { choice: BoardChoice }) {
  const { change } = useUrlState()
  const none = Object.fromEntries(['q', ...Object.keys(choice.filters)].map(name => [name, null]))
  return (
    <EmptyState
      icon={SearchX}
      title="No account matches"
      actions={<Button onClick={() => change(none)}>Show all</Button>}
    >
      Search and filters together leave nothing.
    </EmptyState>
  )
}
