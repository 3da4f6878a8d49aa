import { Segmented } from '@/ui/segmented'

interface Props {
  currencies: readonly string[]
  value: string
  onChange: (currency: string) => void
}

/** Which currency's figures are shown; nothing where there is but one. */
export function CurrencyChoice({ currencies, value, onChange }: Props) {
  if (currencies.length < 2) return null
  return (
    <Segmented
      label="Currency"
      options={currencies.map(currency => ({ value: currency, label: currency }))}
      value={value}
      onChange={onChange}
    />
  )
}
