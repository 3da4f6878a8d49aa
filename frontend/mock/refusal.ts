import type { ProblemItem } from '../src/api/records.ts'

/** A reply that is a problem document. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: ProblemItem[]

  constructor(status: number, detail: string, errors: ProblemItem[] = []) {
    super(detail)
    this.status = status
    this.errors = errors
  }
}

/** Failures that are provoked by name: whatever label, name or e-mail holds one of these words. */
export function provoke(text: string): void {
  if (text.includes('fail-500')) throw new Refusal(500, 'Something failed on our side. Nothing was changed.')
  if (text.includes('fail-409'))
    throw new Refusal(409, 'Account 500101 at metafleet-Paper is connected already.')
  if (text.includes('fail-429')) throw new Refusal(429, 'Too many tries. Wait a minute and try again.')
  if (text.includes('fail-field')) {
    throw new Refusal(400, 'The request was refused.', [{ pointer: '/label', detail: 'is taken already' }])
  }
}
