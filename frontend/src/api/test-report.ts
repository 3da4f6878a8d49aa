/** The tester's report, as `engine.tester.report.TestReport` writes it. Times by the server's clock. */

export interface Drawdown {
  absolute: number | null
  maximal: number | null
  maximalPercent: number | null
  relative: number | null
  relativePercent: number | null
}

export interface Month {
  year: number
  month: number
  money: number
  percent: number | null
  trades: number
}

/** Money in the account's currency, percents 0 to 100, durations in seconds; null: cannot be said. */
export interface TestFigures {
  bars: number
  ticks: number | null
  historyQualityPercent: number | null
  initialDeposit: number
  finalBalance: number
  finalEquity: number
  totalNetProfit: number
  grossProfit: number
  grossLoss: number
  profitFactor: number | null
  expectedPayoff: number | null
  recoveryFactor: number | null
  sharpeRatio: number | null
  annualSharpeRatio: number | null
  sortinoRatio: number | null
  calmarRatio: number | null
  annualReturnPercent: number | null
  returnPercent: number | null
  balanceDrawdown: Drawdown
  equityDrawdown: Drawdown
  minimalMarginLevelPercent: number | null
  totalTrades: number
  totalDeals: number
  openPositions: number
  shortTrades: number
  shortWonPercent: number | null
  longTrades: number
  longWonPercent: number | null
  profitTrades: number
  profitTradesPercent: number | null
  lossTrades: number
  lossTradesPercent: number | null
  largestProfit: number
  largestLoss: number
  averageProfit: number | null
  averageLoss: number | null
  maxConsecutiveWins: number
  maxConsecutiveLosses: number
  averageHoldingS: number | null
  averageR: number | null
  exposurePercent: number
  commission: number
  swap: number
  months: Month[]
}

export interface TestTrade {
  position: number
  symbol: string
  side: 'buy' | 'sell'
  volume: number
  enteredMsc: number | null
  exitedMsc: number | null
  entryPrice: number | null
  exitPrice: number | null
  sl: number | null
  tp: number | null
  profit: number
  costs: number
  net: number
  exitReason: string
  comment: string
  mae: number | null
  mfe: number | null
  r: number | null
  tag: string
}

/** [milliseconds, balance, equity, the lowest equity within the bar]. */
export type CurvePoint = [number, number, number, number]

export interface TestBars {
  symbol: string
  digits: number
  periodS: number
  times: number[]
  open: number[]
  high: number[]
  low: number[]
  close: number[]
}

export interface TestReport {
  title: string
  currency: string
  modelling: string
  beginMsc: number
  endMsc: number
  forwardMsc: number | null
  elapsedS: number
  figures: TestFigures
  before: TestFigures | null
  forward: TestFigures | null
  curve: CurvePoint[]
  trades: TestTrade[]
  tradesLeftOut: number
  bars: TestBars | null
  notes: string[]
  log: string[]
  logLeftOut: number
}
