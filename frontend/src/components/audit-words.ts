import {
  BadgePlus,
  CirclePause,
  CirclePlay,
  CircleStop,
  History,
  KeyRound,
  type LucideIcon,
  Pencil,
  Rocket,
  SlidersHorizontal,
  Trash2,
} from 'lucide-react'

interface ActionLook {
  words: string
  icon: LucideIcon
}

const ACTIONS: Record<string, ActionLook> = {
  'tenant.created': { words: 'Created the desk', icon: BadgePlus },
  'account.connected': { words: 'Connected account', icon: KeyRound },
  'account.renamed': { words: 'Renamed account', icon: Pencil },
  'account.removed': { words: 'Removed account', icon: Trash2 },
  'instance.deployed': { words: 'Deployed', icon: Rocket },
  'instance.paused': { words: 'Paused', icon: CirclePause },
  'instance.resumed': { words: 'Resumed', icon: CirclePlay },
  'instance.stopped': { words: 'Stopped', icon: CircleStop },
  'instance.configured': { words: 'Changed inputs of', icon: SlidersHorizontal },
  'instance.removed': { words: 'Removed', icon: Trash2 },
}

/** An action in words; one that this page does not know yet is shown by its own name. */
export function actionLook(action: string): ActionLook {
  return ACTIONS[action] ?? { words: action.replace('.', ' '), icon: History }
}

/** The detail of an entry as short pairs. */
export function detailPairs(detail: Record<string, unknown>): string[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return detailPairs(value as Record<string, unknown>)
    return [`${name.replaceAll('_', ' ')}: ${String(value)}`]
  })
}
