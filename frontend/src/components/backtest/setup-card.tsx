import { useQuery } from '@tanstack/react-query'
import type { Backtest } from '@/api/backtests'
import { template } from '@/api/queries'
import { modelWords } from '@/components/backtest/model-words'
import { dataWords, periodWords, tickModel } from '@/components/backtest/words'
import { InputsTable } from '@/components/catalogue/inputs-table'
import { Moment } from '@/components/moment'
import { duration } from '@/format/age'
import { shortDay } from '@/format/day'
import { money } from '@/format/money'
import { fieldsOf } from '@/forms/inputs'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'

/** What was tested, and on what. */
export function SetupCard({ row, notes = [] }: { row: Backtest; notes?: readonly string[] }) {
  const schema = useQuery(template(row.templateSlug)).data?.version.inputSchema
  const { setup, measured } = row
  return (
    <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[1fr_1.4fr]">
      <Card title="Setup">
        <Facts
          facts={[
            ['Prices', dataWords(row.data)],
            ['Time', periodWords(row)],
            ...(setup.forward ? [['Forward from', shortDay(setup.forward)] as const] : []),
            ['Tick model', tickModel(setup.ticks)],
            ['Deposit', money(setup.deposit, setup.currency)],
            ['Leverage', `1 : ${setup.leverage}`],
            ['Positions', setup.marginMode],
            ['Spread', setup.spreadPoints === null ? 'of the prices' : `${setup.spreadPoints} points`],
            [
              'Commission',
              setup.commission === null ? 'the broker’s' : money(setup.commission, setup.currency),
            ],
            ['Swaps', setup.withSwaps ? 'charged' : 'none'],
            ['Latency', `${setup.latencyMs} ms`],
            ...(row.model ? [['Signals', modelWords(row)] as const] : []),
            ['Version', row.version],
            [
              'Source hash',
              <Copyable
                key="hash"
                text={row.contentHash}
                shown={`${row.contentHash.slice(0, 19)}…`}
                label="hash"
              />,
            ],
            ['Asked by', row.askedBy],
            ['Asked', <Moment key="asked" at={row.createdAt} />],
            ...(measured
              ? [['It took', `${duration(measured.wallS)}, ${Math.round(measured.memoryMb)} MB`] as const]
              : []),
          ]}
        />
        {notes.length > 0 && (
          <ul className="mt-4 space-y-1.5 text-faint text-xs">
            {notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="Inputs" bodyClassName="px-0 pb-1">
        <InputsTable fields={fieldsOf(schema ?? schemaOf(row.inputs))} values={row.inputs} />
      </Card>
    </div>
  )
}

/** Names and values alone, where the EA is not on offer any more. */
function schemaOf(inputs: Record<string, unknown>): Record<string, unknown> {
  return {
    properties: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, { type: typeof value, default: value }]),
    ),
  }
}
