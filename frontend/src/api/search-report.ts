/** The optimiser's document, as `engine.tester.optimising.report.document.Document` writes it. */

import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type InputValue = string | number | boolean
export type Figures = Readonly<Record<string, number | null>>

export interface Dimension {
  name: string
  title: string
  unit: string
  values: readonly InputValue[]
  isNumber: boolean
}

/** One try. `at`: for each dimension the place of its value; `figures` in the order of the report's names. */
export interface TryRow {
  at: readonly number[]
  value: number | null
  figures: readonly (number | null)[]
  forward?: readonly (number | null)[] | null
  error?: string
}

export interface Fold {
  window: { beginS: number; outS: number; endS: number }
  tries: number
  chosen: Record<string, InputValue> | null
  value: number | null
  before: Figures
  after: Figures
  beforeAnnualPercent: number | null
  afterAnnualPercent: number | null
  efficiency: number | null
}

export interface WalkForward {
  manner: string
  steps: readonly Fold[]
  /** Seconds of the server's clock, and equity. */
  days: readonly (readonly [number, number])[]
  efficiency: number | null
  netProfit: number
  growthPercent: number
  drawdownPercent: number
  sharpe: number | null
  won: number
  luck: Schemas['Luck']
}

export interface SearchReport {
  criterion: { text: string; title: string; isLessBetter: boolean; fewestTrades: number }
  dimensions: readonly Dimension[]
  combinations: number
  refused: number
  tried: number
  failed: number
  withoutScore: number
  /** Names to titles. */
  figures: Record<string, string>
  rows: readonly TryRow[]
  best: {
    inputs: Record<string, InputValue>
    days: readonly (readonly [number, number])[]
    forwardDays: readonly (readonly [number, number])[]
  } | null
  walkForward: WalkForward | null
  notes: readonly string[]
}
