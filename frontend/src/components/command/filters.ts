import { COMMANDS_A_PAGE } from '@/api/terminal-queries'
import type { CommandFilters, CommandState } from '@/api/terminal-records'
import { COMMAND_TYPES } from '@/components/command/words'
import { COMMAND_STATES } from '@/components/states'

/** Read the screen's choice off the URL; what makes no sense there is left out. */
export function readCommandFilters(params: URLSearchParams): CommandFilters & { page: number } {
  const state = params.get('state') ?? ''
  const type = params.get('type') ?? ''
  const account = params.get('account')
  return {
    ...(account ? { account } : {}),
    ...(state in COMMAND_STATES ? { state: state as CommandState } : {}),
    ...(type in COMMAND_TYPES ? { type } : {}),
    page: readPage(params),
    pageSize: COMMANDS_A_PAGE,
  }
}

export function readPage(params: URLSearchParams, name = 'page'): number {
  const page = Number(params.get(name) ?? 1)
  return Number.isInteger(page) && page > 0 ? page : 1
}
