import { describe, expect, it } from 'vitest'
import { problemOf } from '@/api/problem'
import { commandWords } from '@/components/command/words'

/** The golden messages of the terminal protocol, which Python and the MQL programs are held to as well. */
const FILES = import.meta.glob<string>('../../../src/metafleet/wire/examples/**/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const NAMED = Object.entries(FILES).map(
  ([path, text]) => [path.split('/examples/')[1] ?? path, text] as const,
)
const read = (name: string) => JSON.parse(NAMED.find(([path]) => path === name)?.[1] ?? '')

/** Numbers are written by each language in its own way: 15.0 and 1.08510 are 15 and 1.0851 here. */
const plainNumbers = (text: string) =>
  text.replace(
    /^(\s*(?:"\w+": )?)(-?\d+\.\d+)(,?)$/gm,
    (_, head, number, tail) => head + Number(number) + tail,
  )

describe('golden messages', () => {
  it('are there, those of the connectors included', () => {
    expect(NAMED.length).toBeGreaterThan(30)
    expect(NAMED.filter(([name]) => name.startsWith('connector/'))).toHaveLength(14)
  })

  it.each(NAMED)('%s is the same after reading and writing it', (_, text) => {
    expect(`${JSON.stringify(JSON.parse(text), null, 2)}\n`).toBe(plainNumbers(text))
  })

  it.each(NAMED)('%s has no whole number that a script would round', (_, text) => {
    const unsafe: number[] = []
    JSON.parse(text, (_key, value) => {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) unsafe.push(value)
      return value
    })
    expect(unsafe).toEqual([])
  })

  it('a refusal is what the screens read of one', () => {
    const said = read('problem.json')
    expect(problemOf(said, said.status)).toEqual(said)
  })

  it('commands are what the screens say of them', () => {
    const words = read('commands_reply_orders.json').commands.map(commandWords)
    expect(words).toEqual(['Buy 0.20 EURUSD', 'Fetch candles of EURUSD', 'Ping'])
    expect(read('commands_reply.json').commands.map(commandWords)).toEqual(['Stop, closing positions'])
  })
})
