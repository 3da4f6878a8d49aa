import { FACET_NAMES, FACETS, type Facet, NONE } from '@/components/board/board'
import { useUrlState } from '@/components/search-params'
import { Select } from '@/ui/input'

interface Props {
  /** The words of a facet that occur; "" where some have none. */
  wordsOf: (facet: Facet) => readonly string[]
  filters: Partial<Record<Facet, string>>
}

/** A list for each of phase, group, holder, firm and host that accounts differ in. The URL keeps the choice. */
export function FacetSelects({ wordsOf, filters }: Props) {
  const { change } = useUrlState()
  return FACET_NAMES.map(name => {
    const words = wordsOf(name)
    const value = filters[name] ?? ''
    if (words.length < 2 && !value) return null
    return (
      <Select
        key={name}
        aria-label={FACETS[name]}
        value={value}
        onChange={event => change({ [name]: event.target.value })}
        className="max-w-48 [&_select]:h-8 [&_select]:truncate"
      >
        <option value="">Any {FACETS[name].toLowerCase()}</option>
        {words.map(word => (
          <option key={word} value={word || NONE}>
            {word || `No ${FACETS[name].toLowerCase()}`}
          </option>
        ))}
        {value && value !== NONE && !words.includes(value) && <option value={value}>{value}</option>}
      </Select>
    )
  })
}
