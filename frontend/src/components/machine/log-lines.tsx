import { FileText } from 'lucide-react'
import { useState } from 'react'
import type { WatchedTerminal } from '@/api/machines'
import { useUrlState } from '@/components/search-params'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

const errorsIn = (row: WatchedTerminal): number => row.logLines.filter(line => line.isError).length

/** The newest lines of a terminal's logs, as far as the hub has them. */
export function LogLines({ terminals }: { terminals: readonly WatchedTerminal[] }) {
  const { params, change } = useUrlState()
  const [isErrorsOnly, setErrorsOnly] = useState(false)
  const chosen =
    terminals.find(row => row.terminalId === params.get('log')) ??
    terminals.toSorted((one, two) => errorsIn(two) - errorsIn(one))[0]
  const lines = chosen?.logLines.filter(line => line.isError || !isErrorsOnly) ?? []
  return (
    <Card
      title="Logs"
      hint="The newest 40 lines of each terminal"
      bodyClassName="p-0"
      actions={
        <>
          <span className="flex items-center gap-2 text-muted text-xs">
            Errors only <Switch label="Errors only" isOn={isErrorsOnly} onChange={setErrorsOnly} />
          </span>
          {terminals.length > 1 && (
            <Select
              aria-label="Terminal"
              value={chosen?.terminalId}
              onChange={event => change({ log: event.target.value })}
              className="max-w-56 [&_select]:h-8"
            >
              {terminals.map(row => (
                <option key={row.terminalId} value={row.terminalId}>
                  {row.accountLabel} ({row.logLines.length})
                </option>
              ))}
            </Select>
          )}
        </>
      }
    >
      {lines.length === 0 ? (
        <EmptyState icon={FileText} title={isErrorsOnly ? 'No error among them' : 'No line yet'}>
          The agent follows MetaTrader’s log files and sends what is new. Older days are kept packed on the
          machine: <code className="font-mono text-xs">metafleet agent logs</code>.
        </EmptyState>
      ) : (
        <div
          role="log"
          aria-label="Log"
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by key
          tabIndex={0}
          className="max-h-96 overflow-auto rounded-b-xl bg-canvas px-4 py-3 font-mono text-xs leading-5 outline-offset-[-3px]"
        >
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: equal lines occur
            <p key={index} className={cx('break-words', line.isError ? 'text-loss' : 'text-muted')}>
              <span className="text-faint" title={line.file}>
                {line.at}
              </span>{' '}
              {line.text}
            </p>
          ))}
        </div>
      )}
    </Card>
  )
}
