import type { Phase, Terms } from '@/api/programmes'
import { figure } from '@/components/programme/words'

/** A phase as it is typed: figures are texts, "" for none. */
export interface PhaseText {
  name: string
  targetPercent: string
  dailyLossPercent: string
  dailyBasis: NonNullable<Phase['dailyBasis']>
  totalLossPercent: string
  totalKind: NonNullable<Phase['totalKind']>
  totalLocks: boolean
  minDays: string
  consistencyPercent: string
  onBreach: NonNullable<Phase['onBreach']>
}

export interface TermsText {
  firm: string
  name: string
  timezone: string
  dayStarts: string
  phases: PhaseText[]
}

export const emptyPhase: PhaseText = {
  name: '',
  targetPercent: '',
  dailyLossPercent: '5',
  dailyBasis: 'balance',
  totalLossPercent: '10',
  totalKind: 'static',
  totalLocks: false,
  minDays: '',
  consistencyPercent: '',
  onBreach: 'flatten',
}

export const emptyTerms: TermsText = {
  firm: '',
  name: '',
  timezone: 'Europe/Prague',
  dayStarts: '00:00',
  phases: [{ ...emptyPhase, name: 'F1', targetPercent: '10' }],
}

export function textOf(terms: Terms): TermsText {
  return { ...terms, dayStarts: terms.dayStarts ?? '00:00', phases: terms.phases.map(phaseText) }
}

function phaseText(phase: Phase): PhaseText {
  const text = (value: number | null | undefined) => (value ? figure(value) : '')
  return {
    ...emptyPhase,
    ...phase,
    targetPercent: text(phase.targetPercent),
    dailyLossPercent: text(phase.dailyLossPercent),
    totalLossPercent: text(phase.totalLossPercent),
    minDays: text(phase.minDays),
    consistencyPercent: text(phase.consistencyPercent),
  }
}

export function termsOf(text: TermsText): Terms {
  return { ...text, phases: text.phases.map(phaseOf) }
}

/** What is no number yet is none, so that a half-typed phase can be drawn. */
export function phaseOf(text: PhaseText): Phase {
  return {
    ...text,
    targetPercent: numberOf(text.targetPercent),
    dailyLossPercent: numberOf(text.dailyLossPercent),
    totalLossPercent: numberOf(text.totalLossPercent),
    minDays: numberOf(text.minDays) ?? 0,
    consistencyPercent: numberOf(text.consistencyPercent),
  }
}

function numberOf(text: string): number | null {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? null : value
}

/** The form's field that a refusal's pointer names: `/terms/phases/0/name` is `phases.0.name`. */
export function fieldOf(pointer: string): string {
  return pointer.replace(/^\/terms\/?/, '').replaceAll('/', '.')
}
