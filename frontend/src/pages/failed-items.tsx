import { useQuery } from '@tanstack/react-query'
import { PackageCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { canOrder, whyNot } from '@/api/can'
import { accounts } from '@/api/queries'
import type { FailedItem } from '@/api/records'
import { FAILED_A_PAGE, failedItems } from '@/api/terminal-queries'
import { readPage } from '@/components/command/filters'
import { FailedRow } from '@/components/failed/failed-row'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { FailedDiscardDialog } from '@/forms/failed-discard'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Pager } from '@/ui/pager'

export default function FailedItemsPage() {
  const { params, change } = useUrlState()
  const account = params.get('account') ?? ''
  const page = readPage(params)
  const query = useQuery(failedItems({ ...(account ? { account } : {}), page, pageSize: FAILED_A_PAGE }))
  const wallets = useQuery(accounts()).data ?? []
  return (
    <Page
      isNarrow
      title="Failed items"
      lead="What a terminal sent and the journal could not take. The rest of its batch was recorded."
      actions={
        <Select
          aria-label="Account"
          className="min-w-44"
          value={account}
          onChange={event => change({ account: event.target.value || null, page: null })}
        >
          <option value="">Every account</option>
          {wallets.map(row => (
            <option key={row.id} value={row.id}>
              {row.label}
            </option>
          ))}
        </Select>
      }
    >
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {data =>
            data.total === 0 ? (
              <EmptyState icon={PackageCheck} title="Nothing failed">
                Every item that your terminals sent is in the journal.
              </EmptyState>
            ) : (
              <>
                <Items key={`${account} ${page}`} rows={data.items} />
                <Pager
                  page={page}
                  pageSize={FAILED_A_PAGE}
                  total={data.total}
                  onPage={next => change({ page: String(next) }, 'push')}
                />
              </>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function Items({ rows }: { rows: readonly FailedItem[] }) {
  const me = useMe()
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [isAsking, setAsking] = useState(false)
  // What is gone meanwhile is no longer chosen.
  const chosen = rows.filter(row => marked.has(row.id)).map(row => row.id)
  const mark = (id: string, isOn: boolean) => {
    const next = new Set(marked)
    if (isOn) next.add(id)
    else next.delete(id)
    setMarked(next)
  }
  const isAll = chosen.length === rows.length
  return (
    <>
      <div className="sticky top-14 z-10 flex min-h-12 items-center gap-3 rounded-t-xl border-line border-b bg-surface px-4 py-1.5 lg:top-0">
        <label className="flex items-center gap-3 text-muted text-sm">
          <input
            type="checkbox"
            checked={isAll}
            onChange={() => setMarked(new Set(isAll ? [] : rows.map(row => row.id)))}
            className="size-4 accent-(--accent-strong)"
          />
          {chosen.length === 0 ? 'Choose all on this page' : `${chosen.length} chosen`}
        </label>
        {chosen.length > 0 && (
          <Button
            size="sm"
            className="ml-auto"
            disabledReason={whyNot(canOrder(me))}
            onClick={() => setAsking(true)}
          >
            <Trash2 /> Discard {chosen.length}
          </Button>
        )}
      </div>
      <ul className="divide-y divide-line">
        {rows.map(row => (
          <FailedRow
            key={row.id}
            row={row}
            isChosen={marked.has(row.id)}
            onChoose={isOn => mark(row.id, isOn)}
          />
        ))}
      </ul>
      <FailedDiscardDialog
        ids={chosen}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onDone={() => {
          setAsking(false)
          setMarked(new Set())
        }}
      />
    </>
  )
}
