import type { components } from '@/api/schema.gen'

/** What the hub says of a refusal; all of it is filled in here, whatever answered. */
export type Problem = Required<Omit<components['schemas']['Problem'], 'type'>>

/** A request that was refused or did not arrive. `status` 0: there was no answer at all. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }

  get status(): number {
    return this.problem.status
  }
}

export const UNREACHABLE: Problem = {
  title: 'No connection',
  status: 0,
  detail: 'The server could not be reached. Check your connection and try again.',
  instance: '',
  errors: [],
}

/** Read what a failed reply says, whatever it is: a proxy's HTML page must not become a blank screen. */
export function problemOf(body: unknown, status: number): Problem {
  const said = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  return {
    title: said.title ?? 'Request failed',
    status,
    detail: said.detail ?? fallback(status),
    instance: said.instance ?? '',
    errors: Array.isArray(said.errors) ? said.errors : [],
  }
}

function fallback(status: number): string {
  if (status >= 500) return 'Something failed on our side. Nothing was changed; try again in a moment.'
  return `The request was refused (${status}).`
}

/** The sentence to show for any error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.problem.detail
  return 'Something unexpected happened. Reload the page and try again.'
}

export interface PlacedErrors {
  fields: Record<string, string>
  rest: string | null
}

/** Split a refusal into what belongs to a form's fields and the sentence for all else.
 *
 * A pointer `/inputs/fast_period` names the field `fast_period` under the prefix `/inputs`. */
export function placeErrors(error: unknown, names: readonly string[], prefix = ''): PlacedErrors {
  if (!(error instanceof ApiError)) return { fields: {}, rest: sentenceOf(error) }
  const fields: Record<string, string> = {}
  const others: string[] = []
  for (const item of error.problem.errors) {
    const name = names.find(candidate => item.pointer === `${prefix}/${candidate}`)
    if (name) fields[name] = sentenceCase(item.detail)
    else others.push(item.detail)
  }
  const isPlaced = Object.keys(fields).length > 0
  const rest = isPlaced ? others.join(' ') || null : error.problem.detail
  return { fields, rest }
}

/** `must be at least 2` as `Must be at least 2`. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
