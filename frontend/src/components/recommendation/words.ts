import { CircleCheck, CircleHelp, CircleX } from 'lucide-react'
import type { Recommendation, RecommendationEvidence, Verdict } from '@/api/recommendations'
import type { Look } from '@/components/states'
import { money, signedMoney } from '@/format/money'
import { percent } from '@/format/percent'

export const CURRENCY = 'USD'

export const VERDICTS: Record<Verdict, Look> = {
  supported: {
    label: 'Supported',
    says: 'Nothing of the evidence is missing',
    tone: 'profit',
    icon: CircleCheck,
  },
  thin: {
    label: 'Not enough evidence',
    says: 'The card says what is missing',
    tone: 'warn',
    icon: CircleHelp,
  },
  against: { label: 'Evidence against', says: 'In markets like this it lost', tone: 'loss', icon: CircleX },
}

export const VERDICT_ORDER: readonly Verdict[] = ['supported', 'thin', 'against']

const SOURCES: Record<RecommendationEvidence['source'], string> = {
  file: 'a file of the operator',
  record: "the record of this installation's market",
  sample: 'the sample that ships',
}

export const sourceWords = (source: RecommendationEvidence['source']): string => SOURCES[source]

export const nameOf = (row: Recommendation): string => `${row.templateName} on ${row.symbol}`

export const perTrade = (value: number | null): string =>
  value === null ? '—' : signedMoney(value, CURRENCY)

export const intervalWords = (evidence: RecommendationEvidence): string =>
  evidence.low === null || evidence.high === null
    ? 'no interval yet'
    : `${Math.round(evidence.confidence * 100)} % interval ${signedMoney(evidence.low, CURRENCY)} to ${signedMoney(evidence.high, CURRENCY)}`

/** Nothing here is ever certain. */
export const luckWords = (probability: number | null): string =>
  probability === null ? '—' : probability > 0.99 ? 'over 99 %' : percent(probability, 0)

export const fallWords = (evidence: RecommendationEvidence): string =>
  evidence.fallUsual === null
    ? '—'
    : `${money(evidence.fallUsual, CURRENCY)}, bad ${money(evidence.fallBad, CURRENCY)}`

export function worked(value: boolean | number | string): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  return String(value)
}
