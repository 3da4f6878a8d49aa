import { useQuery } from '@tanstack/react-query'
import { SearchX, Wallet } from 'lucide-react'
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { type BoardRow, board } from '@/api/board'
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
import { useSet, type Written } from '@/components/board/use-set'
import { CsvLink } from '@/components/csv-link'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

export default function BoardPage() {
  const query = useQuery(board())
  const { params } = useUrlState()
  const file = new URLSearchParams([...params].filter(([name]) => isInFile(name)))
  return (
    <Page
      title="Board"
      lead="Every account: who holds it, where it is, how it stands."
      actions={<CsvLink href={`/api/board/export.csv?${file}`} what="The board" />}
    >
      <Loaded query={query} skeleton={<Skeleton className="h-96 w-full rounded-xl" />}>
        {({ rows }) => (rows.length === 0 ? <NoAccount /> : <BoardView rows={rows} />)}
      </Loaded>
    </Page>
  )
}

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

function BoardView({ rows }: { rows: readonly BoardRow[] }) {
  const { params, change } = useUrlState()
  const reason = whyNot(canWith('deploy', useMe()))
  const choice = useMemo(() => readChoice(params), [params])
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
      {shown.length > 0 && (
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
