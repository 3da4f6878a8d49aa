import type { OptimisationForm } from '@/api/optimisations'
import type { InputField } from '@/forms/inputs'

/** A range while it is being written. Of an input with choices, or of yes and no, all are tried. */
export interface RangeDraft {
  from: string
  to: string
  step: string
}

export type Ranges = Readonly<Record<string, RangeDraft>>
type RangeForm = OptimisationForm['ranges'][number]

/** So many values are offered at first: enough to see a shape. */
const USUAL_VALUES = 6

export const isNumeric = (field: InputField): boolean =>
  (field.type === 'integer' || field.type === 'number') && field.choices.length === 0

/** Words that only mean themselves cannot be searched over. */
export const canVary = (field: InputField): boolean =>
  isNumeric(field) || field.type === 'boolean' || field.choices.length > 1

/** Around what stands there now, within the input's own bounds. */
export function usualRange(field: InputField, value: unknown): RangeDraft {
  if (!isNumeric(field)) return { from: '', to: '', step: '' }
  const now = Number(String(value).replace(',', '.')) || Number(field.default) || 1
  const low = field.atLeast ?? field.moreThan
  const high = field.atMost ?? field.lessThan
  const isWhole = field.type === 'integer'
  const step = wholeSteps(nice((now * 1.5) / (USUAL_VALUES - 1), isWhole), field.step)
  let from = Math.max(low ?? Number.NEGATIVE_INFINITY, Math.round((now * 0.5) / step) * step)
  if (field.moreThan !== undefined && from <= field.moreThan) from = field.moreThan + step
  let to = from + step * (USUAL_VALUES - 1)
  if (high !== undefined) {
    while (to > high || (field.lessThan !== undefined && to >= field.lessThan)) to -= step
  }
  return { from: plain(from), to: plain(Math.max(from, to)), step: plain(step) }
}

/** Of the author's own steps, as many as come near. */
function wholeSteps(step: number, own: number | undefined): number {
  return own === undefined ? step : Number((Math.max(1, Math.round(step / own)) * own).toPrecision(10))
}

/** One, two or five of a power of ten. */
function nice(size: number, isWhole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(size, 1e-9)))
  const found = [1, 2, 5, 10].map(one => one * power).find(one => one >= size * 0.75) ?? power
  return isWhole ? Math.max(1, Math.round(found)) : found
}

const plain = (value: number): string => String(Number(value.toPrecision(10)))

/** How many values a range has; undefined where it is none yet. */
export function countOf(field: InputField, range: RangeDraft): number | undefined {
  if (field.type === 'boolean') return 2
  if (!isNumeric(field)) return field.choices.length
  const [from, to, step] = [range.from, range.to, range.step].map(numberOf) as [number, number, number]
  if (!(step > 0) || !(to >= from)) return undefined
  return Math.floor((to - from) / step + 1e-9) + 1
}

const numberOf = (text: string): number =>
  text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'))

/** What is wrong with a range, in a sentence; undefined where nothing is. */
export function rangeFault(field: InputField, range: RangeDraft): string | undefined {
  if (!isNumeric(field)) return undefined
  const [from, to, step] = [range.from, range.to, range.step].map(numberOf) as [number, number, number]
  if (Number.isNaN(from) || Number.isNaN(to)) return 'Enter where it begins and where it ends.'
  if (!(step > 0)) return 'The step must be more than 0.'
  if (to < from) return 'The lower end comes first.'
  if (field.atLeast !== undefined && from < field.atLeast) return `It begins at ${field.atLeast} or above.`
  if (field.atMost !== undefined && to > field.atMost) return `It ends at ${field.atMost} or below.`
  return undefined
}

/** The ranges as the hub takes them, in the order of the inputs. */
export function rangesOf(fields: readonly InputField[], ranges: Ranges): RangeForm[] {
  return fields.flatMap(field => {
    const range = ranges[field.name]
    if (!range) return []
    const text = (value: string) => value.trim().replace(',', '.')
    return [
      { name: field.name, from: text(range.from), to: text(range.to), step: text(range.step), values: [] },
    ]
  })
}

/** As the URL has them: `v.fast_period=5:50:5`. */
export function readRanges(params: URLSearchParams): Ranges {
  const found = [...params].filter(([name]) => name.startsWith(VARIED))
  return Object.fromEntries(
    found.map(([name, value]) => {
      const [from = '', to = '', step = ''] = value.split(':')
      return [name.slice(VARIED.length), { from, to, step }]
    }),
  )
}

export const VARIED = 'v.'
