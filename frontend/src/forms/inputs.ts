import type { InputValues } from '@/api/records'

/** What a form keeps of an input while it is being written: text for numbers, so that `1.` can stand. */
export type Draft = Record<string, string | boolean>

export interface InputField {
  name: string
  type: 'integer' | 'number' | 'boolean' | 'string'
  title: string
  help: string
  unit: string
  group: string
  default: string | number | boolean | undefined
  choices: readonly (string | number | boolean)[]
  /** What choices are called, where they have names of their own. */
  labels: Readonly<Record<string, string>>
  atLeast: number | undefined
  moreThan: number | undefined
  atMost: number | undefined
  lessThan: number | undefined
  /** How far apart the values are that a search tries, where the author says so. */
  step?: number | undefined
}

type Json = Record<string, unknown>

/** Read the inputs out of an EA's JSON Schema, in the author's order. */
export function fieldsOf(schema: Json): InputField[] {
  const properties = isObject(schema.properties) ? schema.properties : {}
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, isObject(property) ? property : {}),
  )
}

function fieldOf(name: string, property: Json): InputField {
  const type = property.type
  return {
    name,
    type: type === 'integer' || type === 'number' || type === 'boolean' ? type : 'string',
    title: text(property.title) || name,
    help: text(property.description),
    unit: text(property['x-unit']),
    group: text(property['x-group']) || 'Inputs',
    default: scalar(property.default),
    choices: Array.isArray(property.enum)
      ? property.enum.map(scalar).filter(value => value !== undefined)
      : [],
    labels: isObject(property['x-labels']) ? (property['x-labels'] as Record<string, string>) : {},
    atLeast: number(property.minimum),
    moreThan: number(property.exclusiveMinimum),
    atMost: number(property.maximum),
    lessThan: number(property.exclusiveMaximum),
    step: number(property['x-step']),
  }
}

/** The fields by group, groups in the order in which they first appear. */
export function groupsOf(fields: readonly InputField[]): [group: string, fields: InputField[]][] {
  const groups = new Map<string, InputField[]>()
  for (const field of fields) groups.set(field.group, [...(groups.get(field.group) ?? []), field])
  return [...groups]
}

/** The draft that shows these values, defaults for the rest. */
export function draftOf(fields: readonly InputField[], values: InputValues): Draft {
  return Object.fromEntries(fields.map(field => [field.name, draftValue(field, values[field.name])]))
}

function draftValue(field: InputField, value: unknown): string | boolean {
  const shown = scalar(value) ?? field.default
  if (field.type === 'boolean') return shown === true || shown === 'true'
  return shown === undefined ? '' : String(shown)
}

/** The values of a draft that has no faults. */
export function valuesOf(fields: readonly InputField[], draft: Draft): InputValues {
  return Object.fromEntries(fields.map(field => [field.name, typedValue(field, draft[field.name])]))
}

function typedValue(field: InputField, drafted: string | boolean | undefined): unknown {
  if (field.type === 'boolean' || typeof drafted !== 'string') return drafted
  const choice = field.choices.find(value => String(value) === drafted)
  if (choice !== undefined) return choice
  return field.type === 'string' ? drafted : parseNumber(drafted)
}

/** What is wrong with a drafted value, in a sentence; undefined when nothing is. */
export function faultOf(field: InputField, drafted: string | boolean | undefined): string | undefined {
  if (typeof drafted !== 'string' || field.choices.length > 0 || field.type === 'string') return undefined
  const value = parseNumber(drafted)
  if (drafted.trim() === '') return 'Enter a value.'
  if (Number.isNaN(value)) return 'Enter a number.'
  if (field.type === 'integer' && !Number.isInteger(value)) return 'Must be a whole number.'
  const unit = field.unit ? ` ${field.unit}` : ''
  if (field.atLeast !== undefined && value < field.atLeast) return `Must be at least ${field.atLeast}${unit}.`
  if (field.moreThan !== undefined && value <= field.moreThan)
    return `Must be more than ${field.moreThan}${unit}.`
  if (field.atMost !== undefined && value > field.atMost) return `Must be at most ${field.atMost}${unit}.`
  if (field.lessThan !== undefined && value >= field.lessThan)
    return `Must be less than ${field.lessThan}${unit}.`
  return undefined
}

/** The bounds in short, as `2 – 200` or `> 0, ≤ 5`. */
export function rangeOf(field: InputField): string {
  if (field.choices.length > 0) return ''
  if (field.atLeast !== undefined && field.atMost !== undefined) return `${field.atLeast} – ${field.atMost}`
  const bounds = [
    field.atLeast !== undefined && `≥ ${field.atLeast}`,
    field.moreThan !== undefined && `> ${field.moreThan}`,
    field.atMost !== undefined && `≤ ${field.atMost}`,
    field.lessThan !== undefined && `< ${field.lessThan}`,
  ]
  return bounds.filter(Boolean).join(', ')
}

/** Whether a drafted value says something else than the default. */
export function isChanged(field: InputField, drafted: string | boolean | undefined): boolean {
  return field.default !== undefined && typedValue(field, drafted) !== field.default
}

/** A value with its unit, as `12 bars`. */
export function inputText(field: InputField, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  const shown = scalar(value)
  if (shown === undefined) return '—'
  const named = field.labels[String(shown)]
  if (named) return named
  return field.unit ? `${shown} ${field.unit}` : String(shown)
}

/** A comma serves as the decimal point; what is no number is NaN. */
function parseNumber(drafted: string): number {
  const plain = drafted.trim().replace(',', '.')
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function scalar(value: unknown): string | number | boolean | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined
}
