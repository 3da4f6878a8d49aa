import { SIGNALS_A_PAGE, type SignalQuery } from '@/api/models'
import { OUTCOMES, SIGNAL_SIDES } from '@/components/brain/words'
import { readPage } from '@/components/command/filters'

export const NAMES = ['model', 'symbol', 'side', 'outcome', 'account', 'shadow'] as const

/** Read the screen's choice off the URL; what makes no sense there is left out. */
export function readSignalQuery(params: URLSearchParams): SignalQuery & { page: number } {
  const side = params.get('side') ?? ''
  const outcome = params.get('outcome') ?? ''
  return {
    ...given(params, 'model'),
    ...given(params, 'symbol'),
    ...given(params, 'account'),
    ...(side in SIGNAL_SIDES ? { side: side as NonNullable<SignalQuery['side']> } : {}),
    ...(outcome in OUTCOMES ? { outcome: outcome as NonNullable<SignalQuery['outcome']> } : {}),
    ...(params.get('shadow') === 'true' ? { shadow: true } : {}),
    page: readPage(params),
    pageSize: SIGNALS_A_PAGE,
  }
}

const given = <Name extends string>(params: URLSearchParams, name: Name) => {
  const value = params.get(name)
  return (value ? { [name]: value } : {}) as { [key in Name]?: string }
}

/** The same without the page: what figures and files are of. */
export function scopeOf({ page: _page, pageSize: _size, ...scope }: SignalQuery): SignalQuery {
  return scope
}

export const isNarrowed = (query: SignalQuery): boolean => Object.keys(scopeOf(query)).length > 0

export const signalsFile = (query: SignalQuery): string =>
  `/api/signals/export.csv?${new URLSearchParams(
    Object.entries(scopeOf(query)).map(([name, value]) => [name, String(value)]),
  )}`
