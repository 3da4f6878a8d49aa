import type { InputMigration } from '@/api/operator-records'

/** A line that says nothing that could be understood. */
export class LineNotUnderstood extends Error {}

/**
 * Read an input migration as a person writes it, one line each: `old -> new` renames, `- old` drops,
 * `name = value` sets. Throws LineNotUnderstood.
 */
export function readMigration(text: string): InputMigration {
  const read: Required<InputMigration> = { renamed: {}, removed: [], set: {} }
  for (const line of text.split('\n').map(one => one.trim())) {
    if (line === '') continue
    const renamed = /^(\w+)\s*(?:->|→)\s*(\w+)$/.exec(line)
    const removed = /^-\s*(\w+)$/.exec(line)
    const set = /^(\w+)\s*=\s*(.+)$/.exec(line)
    if (renamed?.[1] && renamed[2]) read.renamed[renamed[1]] = renamed[2]
    else if (removed?.[1]) read.removed.push(removed[1])
    else if (set?.[1] && set[2] !== undefined) read.set[set[1]] = readValue(set[2].trim())
    else throw new LineNotUnderstood(`“${line}” is none of: old -> new, - old, name = value.`)
  }
  return read
}

/** Write it the way that `readMigration` reads it. */
export function writeMigration(migration: Partial<InputMigration>): string {
  return [
    ...Object.entries(migration.renamed ?? {}).map(([old, now]) => `${old} -> ${now}`),
    ...(migration.removed ?? []).map(name => `- ${name}`),
    ...Object.entries(migration.set ?? {}).map(([name, value]) => `${name} = ${String(value)}`),
  ].join('\n')
}

function readValue(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return Number.isFinite(number) ? number : text.replace(/^"(.*)"$/, '$1')
}
