import type { Review } from '../src/api/journal-records.ts'
import { chosen, dayResults, tradePage } from './journal.ts'
import {
  changeFilter,
  keepFilter,
  listFilters,
  listShares,
  makeShare,
  removeFilter,
  revokeShare,
  tags,
  tradeBars,
  tradeDetail,
  writeReview,
} from './journal-desk.ts'
import { breakdown, calendar, compare, curve, statistics } from './journal-figures.ts'
import { Refusal } from './refusal.ts'
import type { Handler } from './routes.ts'

/** The journal's addresses. */
export const JOURNAL_ROUTES: Record<string, Handler> = {
  'GET /trades': ({ world, query }) => tradePage(world, query),
  'GET /trades/export.csv': ({ world, query }) => chosen(world, query),
  'GET /trades/:id': ({ world, id }) => tradeDetail(world, id),
  'GET /trades/:id/candles': ({ world, id }) => tradeBars(world, id),
  'POST /trades/:id/fetch-candles': () => {
    throw new Refusal(409, 'No terminal of this account is connected. Start one and try again.')
  },
  'PUT /trades/:id/review': ({ world, id, body }) => writeReview(world, id, body as unknown as Review),
  'POST /trades/:id/screenshots': () => {
    throw new Refusal(400, 'The mock keeps no pictures.')
  },
  'GET /tags': ({ world }) => tags(world),
  'GET /filters': ({ world }) => listFilters(world),
  'POST /filters': ({ world, body }) => keepFilter(world, body),
  'PUT /filters/:id': ({ world, id, body }) => changeFilter(world, id, body),
  'DELETE /filters/:id': ({ world, id }) => removeFilter(world, id),
  'GET /accounts/:id/shares': ({ id }) => listShares(id),
  'POST /accounts/:id/shares': ({ world, id, body }) => makeShare(world, id, body),
  'POST /shares/:id/revoke': ({ id }) => revokeShare(id),
  'GET /journal/days': ({ world, query }) =>
    dayResults(world, query.get('account'), Number(query.get('days') ?? 30)),
  'GET /journal/statistics': ({ world, query }) => {
    const found = statistics(chosen(world, query))
    return found.trades > 0 ? [found] : []
  },
  'GET /journal/breakdown': ({ world, query }) => breakdown(chosen(world, query), query.get('by') ?? ''),
  'GET /journal/calendar': ({ world, query }) =>
    calendar(chosen(world, query), query.get('month') ?? query.get('year') ?? ''),
  'GET /journal/curve': ({ world, query }) => [curve(world, chosen(world, query))],
  'GET /journal/compare': ({ world, query }) =>
    compare(chosen(world, query), query.get('by') ?? '', (query.get('keys') ?? '').split(',')),
  'GET /journal/cash-flows': ({ world }) => {
    const items = curve(world, world.trades).cashFlows
    return { items, total: items.length, page: 1, pageSize: 50 }
  },
  'GET /journal/export': ({ world, query }) => chosen(world, query),
}
