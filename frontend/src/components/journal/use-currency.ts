import { useUrlState } from '@/components/search-params'

/** Of several currencies the one to look at: money of two is never added. The most traded comes first. */
export function useCurrency(rows: readonly { currency: string; trades: number }[] | undefined) {
  const { params, change } = useUrlState()
  const sorted = [...(rows ?? [])].sort((a, b) => b.trades - a.trades).map(row => row.currency)
  const chosen = params.get('currency')
  const currency = chosen && sorted.includes(chosen) ? chosen : (sorted[0] ?? 'USD')
  return { currency, currencies: sorted, choose: (next: string) => change({ currency: next }) }
}
