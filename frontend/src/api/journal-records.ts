import type { components, paths } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Breakdown = Schemas['Breakdown']
export type Calendar = Schemas['Calendar']
export type CalendarDay = Schemas['CalendarDay']
export type CashFlow = Schemas['CashFlow']
export type CashFlowPage = Schemas['CashFlowPage']
export type Compared = Schemas['Compared']
export type Curve = Schemas['Curve']
export type NewShare = Schemas['NewShare']
export type PublicPage = Schemas['PublicPage']
export type PublicTrade = Schemas['PublicTrade']
export type Review = Schemas['Review']
export type SavedFilter = Schemas['SavedFilter']
export type SavedFilterForm = Schemas['SavedFilterForm']
export type Screenshot = Schemas['Screenshot']
export type Share = Schemas['Share']
export type ShareForm = Schemas['ShareForm']
export type Statistics = Schemas['Statistics']
export type TagCount = Schemas['TagCount']
export type TradeBars = Schemas['TradeBars']
export type TradeDeal = Schemas['TradeDeal']
export type TradeDetail = Schemas['TradeDetail']

type Asked<Path extends keyof paths> = NonNullable<
  paths[Path] extends { get: { parameters: { query?: infer Query } } } ? Query : never
>

/** What `/api/trades` takes: one type for the screen's filter, its list and its files. */
export type TradeListQuery = Asked<'/api/trades'>
/** Which trades, without where in the list. */
export type TradeQuery = Omit<TradeListQuery, 'sort' | 'page' | 'pageSize'>

export type BreakdownBy = Asked<'/api/journal/breakdown'>['by']
export type CompareBy = Asked<'/api/journal/compare'>['by']
export type Timeframe = NonNullable<Asked<'/api/trades/{trade_id}/candles'>['timeframe']>
