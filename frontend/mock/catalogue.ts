import type { SymbolSpec, Template } from '../src/api/records.ts'

interface Given {
  title: string
  default: string | number | boolean
  group: string
  unit?: string
  help?: string
  range?: [number, number]
  above?: number
  choices?: (string | number)[]
}

function property(given: Given) {
  const type =
    typeof given.default === 'string' ? 'string' : typeof given.default === 'boolean' ? 'boolean' : 'number'
  return {
    type:
      type === 'number' && Number.isInteger(given.default) && given.above === undefined ? 'integer' : type,
    title: given.title,
    default: given.default,
    ...(given.help && { description: given.help }),
    ...(given.range && { minimum: given.range[0], maximum: given.range[1] }),
    ...(given.above !== undefined && { exclusiveMinimum: given.above }),
    ...(given.choices && { enum: given.choices }),
    ...(given.unit && { 'x-unit': given.unit }),
    'x-group': given.group,
  }
}

function schema(title: string, inputs: Record<string, Given>) {
  const properties = Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, property(given)]),
  )
  return { type: 'object', title, properties, additionalProperties: false }
}

const TREND_INPUTS = schema('Trend Following', {
  fast_period: { title: 'Fast EMA', default: 12, range: [2, 200], unit: 'bars', group: 'Signal' },
  slow_period: { title: 'Slow EMA', default: 34, range: [3, 400], unit: 'bars', group: 'Signal' },
  bar_minutes: {
    title: 'Bar length',
    default: 5,
    choices: [1, 5, 15, 30, 60],
    unit: 'minutes',
    group: 'Signal',
    help: 'Signals are taken from bars of this length.',
  },
  direction: {
    title: 'Direction',
    default: 'both',
    choices: ['both', 'long', 'short'],
    group: 'Signal',
    help: 'Sides it may open.',
  },
  stop_atr: {
    title: 'Stop distance',
    default: 3.5,
    range: [0.5, 20],
    unit: 'ATR',
    group: 'Exit',
    help: 'Multiples of the ATR.',
  },
  target_atr: {
    title: 'Target distance',
    default: 4.5,
    range: [0, 50],
    unit: 'ATR',
    group: 'Exit',
    help: '0 sets no target.',
  },
  risk_percent: {
    title: 'Risk per trade',
    default: 0.5,
    above: 0,
    unit: '% of equity',
    group: 'Risk',
    help: 'What a trade loses when its stop is filled at its level.',
  },
  max_volume: { title: 'Largest volume', default: 1, above: 0, unit: 'lots', group: 'Risk' },
  close_on_friday: {
    title: 'Close before the weekend',
    default: false,
    group: 'Session',
    help: 'Holds nothing while the market is shut.',
  },
})

const GRID_INPUTS = schema('Grid Trading', {
  step_points: { title: 'Step', default: 40, range: [5, 100000], unit: 'points', group: 'Grid' },
  max_levels: { title: 'Lines on each side', default: 4, range: [1, 20], unit: 'lines', group: 'Grid' },
  volume: { title: 'Volume per line', default: 0.05, above: 0, unit: 'lots', group: 'Risk' },
  basket_loss_percent: {
    title: 'Basket stop',
    default: 2,
    above: 0,
    unit: '% of balance',
    group: 'Risk',
    help: 'Closes every position of the grid when they are losing this much together.',
  },
})

function template(row: Partial<Template> & Pick<Template, 'slug' | 'name'>, input: object): Template {
  return {
    id: `00000000-0000-4000-8000-0000000000${row.slug.length.toString().padStart(2, '0')}`,
    summary: '',
    description: '',
    riskNote: '',
    category: 'Trend',
    timeframe: 'M1',
    symbols: ['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD'],
    cpu: 0.25,
    memoryMb: 256,
    requiredPlan: 'bronze',
    allowed: true,
    version: {
      id: '00000000-0000-4000-8000-000000000099',
      version: '1.0.0',
      contentHash: 'sha256:9f2c4e7ab1d86f03c5e29a7748d1b0e6f3a9c2d4e5f60718293a4b5c6d7e8f90',
      changelog: '',
      inputSchema: input as Record<string, unknown>,
      isUploaded: false,
      publishedAt: '2026-01-05T09:00:00Z',
    },
    ...row,
  }
}

export const TEMPLATES: Template[] = [
  template(
    {
      slug: 'trend-following',
      name: 'Trend Following',
      summary: 'Follows the crossing of two moving averages, with volatility-based stops and sizes.',
      description:
        'Watches two exponential moving averages on bars of the chosen length. When the fast one crosses the slow one, it closes what stands against the new direction and opens one position with it. Stop and target lie a multiple of the average true range away, and the volume is chosen so that a stopped trade costs a fixed share of equity.',
      riskNote:
        'Loses small amounts often and wins larger ones seldom; in a market without trends it loses for weeks. A price gap can fill the stop beyond its level, so a single loss can exceed the risk set.',
    },
    TREND_INPUTS,
  ),
  template(
    {
      slug: 'grid',
      name: 'Grid Trading',
      category: 'Mean reversion',
      summary: 'Fades moves away from the mean on a symmetric grid, with a stop on every position.',
      description:
        'Lays lines at equal distances above and below an anchor: the mean price of the last hour. It sells at lines above and buys at lines below, one position a line, each with its own target one step back and its own stop beyond the last line.',
      riskNote:
        'Wins small amounts often and loses larger ones seldom: in a lasting trend every line on one side fills and all are stopped together. A smooth curve until then is the nature of a grid, no sign of safety.',
    },
    GRID_INPUTS,
  ),
  template(
    {
      slug: 'session-breakout',
      name: 'Session Breakout',
      category: 'Breakout',
      summary: 'Trades the first move out of the Asian range (only in the mock: it shows a locked plan).',
      description: 'Shows how an EA looks that the plan does not reach.',
      riskNote: 'It cannot be deployed, so it cannot lose.',
      requiredPlan: 'platinum',
      allowed: false,
    },
    GRID_INPUTS,
  ),
]

const spec = (name: string, description: string, digits: number, contractSize = 100_000): SymbolSpec => ({
  name,
  description,
  digits,
  point: 10 ** -digits,
  contractSize,
  volumeMin: 0.01,
  volumeMax: 100,
  volumeStep: 0.01,
})

export const SYMBOLS: SymbolSpec[] = [
  spec('EURUSD', 'Euro vs US Dollar', 5),
  spec('GBPUSD', 'Great Britain Pound vs US Dollar', 5),
  spec('USDJPY', 'US Dollar vs Japanese Yen', 3),
  spec('XAUUSD', 'Gold vs US Dollar', 2, 100),
]
