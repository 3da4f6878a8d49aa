import type { Phase, Terms } from '@/api/programmes'

export const BASES = {
  balance: 'the balance at the day’s start',
  equity: 'the equity at the day’s start',
  higher: 'the higher of balance and equity at the day’s start',
} as const

export const KINDS = {
  static: 'the first balance',
  trailing: 'the highest equity so far',
  trailing_eod: 'the highest balance that a day has ended with',
} as const

export const DEEDS = {
  notify: 'people are told',
  pause: 'the account’s EAs are paused, and people are told',
  flatten: 'the account’s EAs are paused, all its positions are closed, and people are told',
} as const

/** What a phase demands, a sentence for each figure it has. */
export function sentencesOf(phase: Phase): string[] {
  return [
    ...limitsOf(phase),
    phase.targetPercent
      ? `Passed once closed profit is ${figure(phase.targetPercent)} % of the first balance.`
      : '',
    phase.minDays ? `Trades must be opened on at least ${plural(phase.minDays, 'day')}.` : '',
    phase.consistencyPercent
      ? `The best day may have made at most ${figure(phase.consistencyPercent)} % of all profit.`
      : '',
    phase.dailyLossPercent || phase.totalLossPercent
      ? `At a breach ${DEEDS[phase.onBreach ?? 'flatten']}.`
      : 'There is no limit that could be broken.',
  ].filter(Boolean)
}

function limitsOf(phase: Phase): string[] {
  const daily = phase.dailyLossPercent
  const total = phase.totalLossPercent
  const kind = phase.totalKind ?? 'static'
  const locks =
    kind !== 'static' && phase.totalLocks ? ', and the limit rises no higher than the first balance' : ''
  return [
    daily
      ? `In a day equity may fall less than ${figure(daily)} % of the first balance below ${BASES[phase.dailyBasis ?? 'balance']}.`
      : '',
    total ? `In all, equity may fall less than ${figure(total)} % ${belowWords(kind)}${locks}.` : '',
  ]
}

const belowWords = (kind: keyof typeof KINDS): string =>
  kind === 'static' ? 'below the first balance' : `of the first balance below ${KINDS[kind]}`

/** Whose midnight counts: `Its day begins at 17:00 in America/New_York`. */
export const dayWords = (terms: Terms): string =>
  `Its day begins at ${terms.dayStarts ?? '00:00'} in ${terms.timezone}`

/** A percentage as it was written, without zeros after the point. */
export const figure = (value: number): string => String(Number(value.toFixed(2)))

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
