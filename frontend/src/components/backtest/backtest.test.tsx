import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import { MemoryRouter } from 'react-router'
import { describe, expect, it } from 'vitest'
import { hasMoved } from '@/api/backtest-news'
import {
  type Backtest,
  type BacktestOptions,
  backtest,
  backtests,
  type LiveComparison,
  liveComparison,
  type MarketData,
  type MatchedTrade,
} from '@/api/backtests'
import type { TestReport } from '@/api/test-report'
import { drawdowns, marksOf } from '@/components/backtest/charts'
import { rising } from '@/components/backtest/clock'
import { againLink, deployLink, readPrefill } from '@/components/backtest/links'
import { BacktestList } from '@/components/backtest/list'
import { LiveCard } from '@/components/backtest/live-card'
import { modelWords, SeenNote, seenOf } from '@/components/backtest/model-words'
import { firstDraft, RULES, setupOf, usualDays } from '@/components/backtest/setup'
import { aTemplate } from '@/test-cast'

const data = (changes: Partial<MarketData> = {}): MarketData => ({
  source: 'sample',
  symbol: 'EURUSD',
  name: '',
  timeframe: 'M1',
  fromDay: '2024-01-08',
  toDay: '2024-01-20',
  ...changes,
})

const options: BacktestOptions = {
  data: [data({ source: 'file', name: 'EURUSD_M1.csv', fromDay: '2010-01-01', toDay: '2020-01-01' }), data()],
  models: [],
  unreadable: [],
  timeframes: ['M1', 'M15'],
  limits: { atOnce: 2, kept: 100, years: 5, keptNow: 0, underWay: 0 },
}

const aBacktest = (changes: Partial<Backtest> = {}): Backtest => ({
  id: 'b1',
  templateId: 'e1',
  templateSlug: 'trend-following',
  templateName: 'Trend Following',
  version: '1.0.0',
  contentHash: 'sha256:1',
  isUploaded: false,
  instanceId: null,
  instanceName: null,
  symbol: 'EURUSD',
  timeframe: 'M15',
  data: data(),
  setup: {
    from: null,
    to: '2024-01-20',
    forward: null,
    ticks: 'ohlc',
    deposit: 5000,
    currency: 'EUR',
    leverage: 30,
    marginMode: 'netting',
    spreadPoints: 0,
    commission: null,
    withSwaps: false,
    latencyMs: 0,
    ticksPerBar: 12,
    seed: 0,
  },
  inputs: { fast_period: 9, is_long: false },
  changedInputs: ['fast_period'],
  model: null,
  state: 'running',
  progress: 0.25,
  message: '',
  summary: null,
  measured: null,
  askedBy: 'alice@example.com',
  createdAt: '2026-07-04T10:00:00Z',
  startedAt: '2026-07-04T10:00:00Z',
  finishedAt: null,
  ...changes,
})

const seen = (how: 'none' | 'part' | 'all'): NonNullable<Backtest['model']> => ({
  versionId: 'v1',
  name: 'eurusd-m15',
  number: 2,
  trainedFrom: '2020-01-01',
  trainedTo: '2024-01-15',
  seen: how,
})

const search = (link: string): URLSearchParams => new URL(link, 'http://x').searchParams
const none = { setup: {}, inputs: {} }

describe('the form of a backtest', () => {
  it('begins with real prices, as many years of them as the plan tests', () => {
    const draft = firstDraft(aTemplate({ symbols: ['EURUSD'] }), options, none, '2026-07-04')
    expect([draft.data, draft.from, draft.to]).toEqual(['file:EURUSD_M1.csv', '2014-12-28', '2020-01-01'])
    expect(setupOf(draft)).toMatchObject({ source: 'file', file: 'EURUSD_M1.csv', spreadPoints: null })
  })

  it('asks for the recorded market by its own name', () => {
    const own = { ...options, data: [data({ source: 'market', toDay: '2026-07-05' })] }
    const draft = firstDraft(aTemplate({ symbols: ['EURUSD'] }), own, none, '2026-07-04')
    expect(setupOf(draft)).toMatchObject({ source: 'market', file: '' })
  })

  it('offers the newest of what has no end', () => {
    expect(usualDays(data({ source: 'generator', toDay: null }), 5, '2026-07-04')).toEqual({
      from: '2026-04-05',
      to: '2026-07-04',
    })
  })

  it('is filled anew with what was asked for before', () => {
    const prefill = readPrefill(search(againLink(aBacktest())))
    expect(prefill.inputs).toEqual({ fast_period: '9', is_long: 'false' })
    const draft = firstDraft(aTemplate({ symbols: ['EURUSD'] }), options, prefill, '2026-07-04')
    expect(setupOf(draft)).toMatchObject({
      source: 'sample',
      to: '2024-01-20',
      deposit: '5000',
      currency: 'EUR',
      leverage: 30,
      marginMode: 'netting',
      spreadPoints: 0,
      commission: null,
      withSwaps: false,
    })
  })

  it('keeps the model, and says where it had seen the prices', () => {
    expect(search(againLink(aBacktest({ model: seen('all') }))).get('model')).toBe('v1')
    expect(modelWords(aBacktest({ model: seen('none') }))).toBe('eurusd-m15 v2')
    expect(modelWords(aBacktest({ model: seen('part') }))).toContain('partly on prices that it had seen')
    const model = { ...seen('none'), state: 'draft' as const, symbols: ['EURUSD'], timeframe: 'M15' }
    expect(seenOf(model, '2024-01-16', '2024-02-01')).toBe('none')
    expect(seenOf(model, '2024-01-10', '2024-02-01')).toBe('part')
    expect(seenOf(model, '2023-01-10', '2024-01-15')).toBe('all')
    render(
      <MemoryRouter>
        <BacktestList rows={[aBacktest({ model: seen('all') })]} />
      </MemoryRouter>,
    )
    expect(screen.getByText('eurusd-m15 v2, on prices that it had seen')).toBeTruthy()
    const shown = render(<SeenNote seen="part" name="eurusd-m15 version 2" trainedTo="2024-01-15" />)
    expect(shown.getByRole('alert').textContent).toContain('Part of this is no evidence')
  })

  it('says what is wrong before it is sent', () => {
    const draft = firstDraft(aTemplate({ symbols: ['EURUSD'] }), options, none, '2026-07-04')
    expect(RULES.from?.('2020-02-01', draft)).toBe('The first day must be before the last.')
    expect(RULES.forward?.('2021-01-01', draft)).toBe('Choose a day within the test.')
    expect(RULES.deposit?.('0', draft)).toBe('Enter an amount above 0.')
    expect(RULES.deposit?.('2500,50', draft)).toBe(true)
    expect(RULES.leverage?.('1.5', draft)).toBe('Enter a whole number, like 100.')
  })

  it('leads to a deployment with the tested inputs', () => {
    const params = search(deployLink(aBacktest()))
    expect(params.get('template')).toBe('trend-following')
    expect(params.get('i.fast_period')).toBe('9')
  })
})

describe('a report', () => {
  const report = {
    curve: [
      [0, 100, 100, 100],
      [60_000, 100, 120, 110],
      [120_000, 100, 110, 90],
    ],
    bars: {
      symbol: 'EURUSD',
      digits: 5,
      periodS: 60,
      times: [0, 60],
      open: [],
      high: [],
      low: [],
      close: [],
    },
    trades: [
      { side: 'sell', enteredMsc: 61_000, exitedMsc: 130_000, net: -1 },
      { side: 'buy', enteredMsc: 130_000, exitedMsc: null, net: 0 },
    ],
  } as unknown as TestReport

  it('tells how far the worst equity was below the highest before', () => {
    expect(drawdowns(report).map(dot => Number(dot.value.toFixed(3)))).toEqual([0, 0, -0.25])
  })

  it('marks entries and exits on the bars in which they happened', () => {
    const marks = marksOf(report).map(mark => mark.kind)
    expect(marks).toEqual(['sell', 'loss', 'buy'])
  })

  it('has times that rise', () => {
    expect(rising([{ time: 2 }, { time: 2 }, { time: 1 }, { time: 3 }])).toEqual([{ time: 2 }, { time: 3 }])
  })
})

describe('what the stream tells', () => {
  it('moves the progress wherever it is shown, and asks only for what is over', () => {
    const cache = new QueryClient()
    cache.setQueryData(backtests().queryKey, [aBacktest()])
    cache.setQueryData(backtest('b1').queryKey, aBacktest())
    expect(hasMoved(cache, { type: 'backtest', id: 'b1', state: 'running', progress: 0.5 })).toBe(true)
    expect(cache.getQueryData<Backtest[]>(backtests().queryKey)?.[0]?.progress).toBe(0.5)
    expect(cache.getQueryData<Backtest>(backtest('b1').queryKey)?.progress).toBe(0.5)
    expect(hasMoved(cache, { type: 'backtest', id: 'b1', state: 'done', progress: 1 })).toBe(false)
  })
})

describe('the screens', () => {
  const show = (element: React.ReactNode, cache = new QueryClient()) =>
    render(
      <QueryClientProvider client={cache}>
        <MemoryRouter>{element}</MemoryRouter>
      </QueryClientProvider>,
    )

  it('say how far one is, why one failed, and take only what is done to compare', () => {
    const rows = [aBacktest(), aBacktest({ id: 'b2', state: 'failed', message: 'ZeroDivisionError' })]
    show(<BacktestList rows={rows} onChoose={() => undefined} />)
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25')
    expect(screen.getByText('ZeroDivisionError')).toBeTruthy()
    expect(screen.getAllByRole('checkbox').every(box => (box as HTMLInputElement).disabled)).toBe(true)
    expect(screen.getAllByText(/fast_period 9/)).toHaveLength(2)
  })

  it('put live trades beside tested ones', () => {
    const traded = (id: string): MatchedTrade => ({
      id,
      side: 'buy',
      volume: 0.1,
      enteredAt: '2026-07-04T10:00:00Z',
      entryPrice: 1.1,
      exitedAt: null,
      exitPrice: null,
      net: 5,
    })
    const found: LiveComparison = {
      windowS: 300,
      pairs: [
        {
          live: traded('l'),
          tested: traded('t'),
          lateS: -4,
          entrySlippagePoints: 3,
          exitSlippagePoints: null,
          slippageMoney: 0.3,
        },
      ],
      missed: [traded('m')],
      extra: [],
    }
    const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
    cache.setQueryData(liveComparison('b1').queryKey, found)
    show(<LiveCard row={aBacktest({ instanceId: 'i1' })} digits={5} />, cache)
    const rows = within(screen.getByRole('table', { name: 'Live beside tested' })).getAllByRole('row')
    expect(rows[1]?.textContent).toContain('−4.0 s')
    expect(rows[1]?.textContent).toContain('3.0—')
    expect(rows[2]?.textContent).toContain('missed live')
  })
})
