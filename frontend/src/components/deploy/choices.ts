import type { Draft } from '@/forms/inputs'

export const STEPS = ['template', 'place', 'inputs', 'review', 'launch'] as const
export type Step = (typeof STEPS)[number]

/** What has been chosen so far. All of it stands in the URL, so that back, forward and reload keep it. */
export interface Choices {
  step: Step
  template: string
  account: string
  symbol: string
  name: string
  /** Only inputs that differ from their default. */
  inputs: Record<string, string>
  /** The instance, once it is being deployed. */
  instance: string
}

const INPUT = 'i.'

export function readChoices(params: URLSearchParams): Choices {
  const inputs = [...params].filter(([name]) => name.startsWith(INPUT))
  const choices = {
    template: params.get('template') ?? '',
    account: params.get('account') ?? '',
    symbol: params.get('symbol') ?? '',
    name: params.get('name') ?? '',
    inputs: Object.fromEntries(inputs.map(([name, value]) => [name.slice(INPUT.length), value])),
    instance: params.get('instance') ?? '',
  }
  return { ...choices, step: reachable(params.get('step'), choices) }
}

/** The step that the URL asks for, or the first one whose needs are not met yet. */
function reachable(asked: string | null, choices: Omit<Choices, 'step'>): Step {
  if (choices.instance) return 'launch'
  const last = !choices.template ? 0 : !choices.account || !choices.symbol ? 1 : 3
  const wanted = STEPS.findIndex((step: string) => step === asked)
  return STEPS[Math.min(Math.max(wanted, 0), last)] ?? 'template'
}

export function writeChoices(choices: Choices): URLSearchParams {
  const { step, inputs, ...plain } = choices
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(plain)) if (value) params.set(name, value)
  for (const [name, value] of Object.entries(inputs)) params.set(`${INPUT}${name}`, value)
  if (step !== 'template') params.set('step', step)
  return params
}

/** The drafted inputs that are worth a place in the URL. */
export function ownInputs(draft: Draft, defaults: Draft): Record<string, string> {
  const own = Object.entries(draft).filter(([name, value]) => value !== undefined && value !== defaults[name])
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]))
}
