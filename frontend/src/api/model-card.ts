/** A model's card as `metafleet.brain.model.Card` writes it: what the screens read of it. */
export interface Estimate {
  value: number | null
  low: number | null
  high: number | null
}

export interface CardMetric {
  name: string
  title: string
  unit: string
  model: Estimate
  baseline: Estimate | null
}

export interface CardImportance {
  name: string
  group: string
  loss: Estimate
}

export interface CardPoint {
  predicted: number
  observed: number
  low: number
  high: number
  count: number
}

export interface CardCosts {
  symbol: string
  spreadPoints: number
  spreadBps: number
  commissionBps: number
  swapLongBps: number
  swapShortBps: number
  source: string
}

export interface CardSymbol {
  symbol: string
  samples: number
  trades: number
  hitRatio: number | null
  netMeanBps: Estimate
}

export interface ModelCard {
  name: string
  seed: number
  confidence: number
  dataHash: string
  begin: string
  end: string
  data: readonly { symbol: string; bars: number; begin: string; end: string; sha256: string }[]
  label: string
  features: readonly string[]
  samples: number
  effectiveSamples: number
  trials: number
  lookedAt: readonly string[]
  costs: readonly CardCosts[]
  folds: readonly unknown[]
  metrics: readonly CardMetric[]
  bySymbol: readonly CardSymbol[]
  calibration: readonly CardPoint[]
  importance: readonly CardImportance[]
  groupImportance: readonly CardImportance[]
  equity: readonly { at: string; model: number; baseline: number }[]
  gate: {
    promoted: boolean
    verdict: string
    checks: readonly { name: string; passed: boolean; text: string }[]
  }
  notes: readonly string[]
  madeWith: Readonly<Record<string, string>>
}
