const MINUS = '−'
const formats = new Map<string, Intl.NumberFormat>()

function formatOf(currency: string): Intl.NumberFormat {
  let found = formats.get(currency)
  if (!found) {
    found = makeFormat(currency)
    formats.set(currency, found)
  }
  return found
}

function makeFormat(currency: string): Intl.NumberFormat {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  try {
    return new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      ...digits,
    })
  } catch {
    // A broker may name a currency that is no ISO code, as USC for cents.
    return new Intl.NumberFormat('en-US', digits)
  }
}

/** An amount in its currency, as `$10,000.00`; a dash for what nobody has said yet. */
export function money(value: number | null | undefined, currency: string): string {
  if (value === null || value === undefined) return '—'
  const text = formatOf(currency).format(Math.abs(value))
  return isBelowZero(value) ? `${MINUS}${text}` : text
}

/** A gain or loss: as money, and a gain has its plus. */
export function signedMoney(value: number | null | undefined, currency: string): string {
  if (value === null || value === undefined) return '—'
  return direction(value) === 'up' ? `+${money(value, currency)}` : money(value, currency)
}

/** Money on an axis, as `$10,290`; with cents where its lines stand that close. */
export function axisMoney(value: number, currency: string, hasCents: boolean): string {
  const text = money(value, currency)
  return hasCents ? text : text.replace(/\.\d\d$/, '')
}

export type Direction = 'up' | 'down' | 'flat'

/** Which way an amount points once it is rounded to cents: half a cent is no gain. */
export function direction(value: number): Direction {
  if (Math.abs(value) < 0.005) return 'flat'
  return value > 0 ? 'up' : 'down'
}

function isBelowZero(value: number): boolean {
  return value <= -0.005
}
