import { useQuery } from '@tanstack/react-query'
import { symbols } from '@/api/queries'

/** Look up how many digits a symbol's prices have; undefined while that is not known. */
export function useSymbolDigits(): (symbol: string) => number | undefined {
  const { data } = useQuery(symbols())
  return symbol => data?.find(row => row.name === symbol)?.digits
}
