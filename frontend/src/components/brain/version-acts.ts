import type { ModelState, ModelVersion } from '@/api/models'

export type ModelAct = 'challenge' | 'promote' | 'retire'

/** From which states the server lets it be done: `signals.registry`. */
const FROM: Record<ModelAct, readonly ModelState[]> = {
  challenge: ['draft', 'retired'],
  promote: ['draft', 'challenger', 'retired'],
  retire: ['draft', 'challenger', 'champion'],
}

/** What may be done with a version now, the most wanted last. */
export const actsOf = (version: Pick<ModelVersion, 'state'>): ModelAct[] =>
  (['retire', 'challenge', 'promote'] as const).filter(act => FROM[act].includes(version.state))

/** Why it cannot, as a sentence; undefined where it can. */
export function whyNotAct(act: ModelAct, version: Pick<ModelVersion, 'gatePassed'>): string | undefined {
  if (act === 'promote' && !version.gatePassed) return 'Its gate is shut: no edge was found.'
}
