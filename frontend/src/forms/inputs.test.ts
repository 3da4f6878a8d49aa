import { describe, expect, it } from 'vitest'
import {
  draftOf,
  faultOf,
  fieldsOf,
  groupsOf,
  type InputField,
  inputText,
  isChanged,
  rangeOf,
  valuesOf,
} from '@/forms/inputs'

const SCHEMA = {
  type: 'object',
  properties: {
    fast: {
      type: 'integer',
      title: 'Fast',
      default: 12,
      minimum: 2,
      maximum: 200,
      'x-unit': 'bars',
      'x-group': 'Signal',
    },
    minutes: { type: 'integer', title: 'Bar', default: 5, enum: [1, 5, 15], 'x-group': 'Signal' },
    risk: { type: 'number', title: 'Risk', default: 0.5, exclusiveMinimum: 0, maximum: 5, 'x-group': 'Risk' },
    side: { type: 'string', title: 'Side', default: 'both', enum: ['both', 'long'], 'x-group': 'Signal' },
    friday: { type: 'boolean', title: 'Friday', default: false },
  },
}

const fields = fieldsOf(SCHEMA)
const field = (name: string) => fields.find(row => row.name === name) as InputField

describe("an EA's inputs as a form", () => {
  it('keep the order and the groups of their author', () => {
    const groups = groupsOf(fields).map(([group, members]) => [group, members.map(row => row.name)])
    expect(groups).toEqual([
      ['Signal', ['fast', 'minutes', 'side']],
      ['Risk', ['risk']],
      ['Inputs', ['friday']],
    ])
  })

  it('start from the defaults, or from what is given', () => {
    const draft = { fast: '12', minutes: '5', risk: '0.5', side: 'both', friday: false }
    expect(draftOf(fields, {})).toEqual(draft)
    expect(draftOf(fields, { fast: 9, friday: 'true' })).toEqual({ ...draft, fast: '9', friday: true })
  })

  it('leave in their own types', () => {
    const draft = { fast: '9', minutes: '15', risk: '0,75', side: 'long', friday: true }
    expect(valuesOf(fields, draft)).toEqual({ fast: 9, minutes: 15, risk: 0.75, side: 'long', friday: true })
  })

  it.each([
    ['fast', '2', undefined],
    ['fast', '1', 'Must be at least 2 bars.'],
    ['fast', '201', 'Must be at most 200 bars.'],
    ['fast', '9.5', 'Must be a whole number.'],
    ['fast', '', 'Enter a value.'],
    ['fast', '1e2', 'Enter a number.'],
    ['fast', 'NaN', 'Enter a number.'],
    ['risk', '0', 'Must be more than 0.'],
    ['risk', '5', undefined],
    ['side', 'both', undefined],
  ])('%s = %s: %s', (name, drafted, fault) => expect(faultOf(field(name), drafted)).toBe(fault))

  it('say their range and whether they were changed', () => {
    expect([rangeOf(field('fast')), rangeOf(field('risk')), rangeOf(field('side'))]).toEqual([
      '2 – 200',
      '> 0, ≤ 5',
      '',
    ])
    expect([isChanged(field('fast'), '12'), isChanged(field('fast'), '13')]).toEqual([false, true])
    expect([inputText(field('fast'), 12), inputText(field('friday'), true)]).toEqual(['12 bars', 'yes'])
  })

  it('survive a schema that is not one', () => {
    expect(fieldsOf({})).toEqual([])
    expect(fieldsOf({ properties: { odd: null } })[0]).toMatchObject({ name: 'odd', type: 'string' })
  })
})
