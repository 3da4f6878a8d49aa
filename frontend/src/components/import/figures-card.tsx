import { Check, EqualNot, Minus } from 'lucide-react'
import { useState } from 'react'
import type { ImportFigure } from '@/api/terminal-records'
import { figureText, inOrder, journalText, tally, type Verdict, verdictOf } from '@/components/import/figures'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { Table, Td, Th, Tr } from '@/ui/table'

/** As many as stand beside the facts of the file; those that differ always stand there. */
const FIRST = 12

const MARKS = {
  same: { icon: Check, ink: 'text-profit', words: 'agrees' },
  different: { icon: EqualNot, ink: 'text-loss', words: 'differs' },
  unsaid: { icon: Minus, ink: 'text-faint', words: 'not compared' },
} satisfies Record<Verdict, object>

/** The totals that the report prints, beside what our journal makes of the same deals. */
export function FiguresCard({ figures }: { figures: readonly ImportFigure[] }) {
  const { same, different } = tally(figures)
  const [isAll, setAll] = useState(false)
  const sorted = inOrder(figures)
  const shown = isAll ? sorted : sorted.slice(0, Math.max(FIRST, different))
  return (
    <Card title="The report’s own figures" hint={words(same, different)} bodyClassName="px-0 pb-1">
      {figures.length === 0 ? (
        <p className="px-4 pb-3 text-muted text-sm">
          This format prints no totals, so there is nothing to hold the journal against.
        </p>
      ) : (
        <Table label="Figures">
          <thead>
            <tr>
              <Th>Figure</Th>
              <Th isNumber>Report</Th>
              <Th isNumber>Journal</Th>
              <Th className="w-8">
                <span className="sr-only">Verdict</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {shown.map(figure => (
              <FigureRow key={figure.name} figure={figure} />
            ))}
          </tbody>
        </Table>
      )}
      {shown.length < sorted.length && (
        <div className="px-2 pt-1">
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            Show all {sorted.length} figures
          </Button>
        </div>
      )}
    </Card>
  )
}

function FigureRow({ figure }: { figure: ImportFigure }) {
  const verdict = verdictOf(figure)
  const { icon: Icon, ink, words: says } = MARKS[verdict]
  return (
    <Tr>
      <Td className="h-9 text-muted">{figure.name}</Td>
      <Td isNumber className="h-9">
        {figureText(figure.printed)}
      </Td>
      <Td isNumber className={cx('h-9', verdict === 'different' && 'font-medium text-loss')}>
        {journalText(figure)}
      </Td>
      <Td className="h-9">
        <Icon aria-hidden className={cx('size-4', ink)} strokeWidth={2.25} />
        <span className="sr-only">{says}</span>
      </Td>
    </Tr>
  )
}

function words(same: number, different: number): string {
  if (same + different === 0) return ''
  if (different === 0) return same === 1 ? 'The one compared agrees' : `All ${same} agree`
  return `${different} of ${same + different} differ`
}
