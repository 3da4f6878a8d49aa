import type { ImportFigure } from '@/api/terminal-records'

export type Verdict = 'same' | 'different' | 'unsaid'

/** Whether the report's own figure comes out of our journal. */
export function verdictOf(figure: ImportFigure): Verdict {
  if (figure.matches === null) return 'unsaid'
  return figure.matches ? 'same' : 'different'
}

export interface Tally {
  same: number
  different: number
}

export function tally(figures: readonly ImportFigure[]): Tally {
  const verdicts = figures.map(verdictOf)
  return {
    same: verdicts.filter(verdict => verdict === 'same').length,
    different: verdicts.filter(verdict => verdict === 'different').length,
  }
}

const MOST_DIGITS = 4

/** A figure with its thousands apart; what is no whole number has at least its cents. */
export function figureText(value: number | null, digits = MOST_DIGITS): string {
  if (value === null) return '—'
  const least = Number.isInteger(value) ? 0 : 2
  const format = { minimumFractionDigits: least, maximumFractionDigits: Math.max(digits, least) }
  return value.toLocaleString('en-US', format).replace('-', '−')
}

/** Ours beside the report's: where they agree, with the digits that the report prints. */
export function journalText({ printed, journal, matches }: ImportFigure): string {
  if (printed === null || !matches) return figureText(journal)
  const digits = String(printed).split('.')[1]?.length ?? 0
  return figureText(journal, Math.min(Math.max(2, digits), MOST_DIGITS))
}

/** Those that differ first: nobody should have to look for them. */
export function inOrder(figures: readonly ImportFigure[]): ImportFigure[] {
  const rank: Record<Verdict, number> = { different: 0, same: 1, unsaid: 2 }
  return figures.toSorted((a, b) => rank[verdictOf(a)] - rank[verdictOf(b)])
}
