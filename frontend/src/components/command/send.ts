import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { nextWordOf } from '@/api/command-news'
import { ApiError } from '@/api/problem'
import type { Account, Command, CommandPage } from '@/api/records'
import { serverNow } from '@/api/server-clock'
import { commands, isUnderWay } from '@/api/terminal-queries'
import type { AskedType, CommandFilters, Payload } from '@/api/terminal-records'
import { askTerminal, newId } from '@/api/terminal-verbs'
import { commandWords, resultWords } from '@/components/command/words'
import { useMe } from '@/components/session'

/** Without a word of the stream its follower looks this often. */
const LOOK_MS = 3_000
/** The stream may speak a moment before the answer is there to be read. */
const READ_AGAIN_MS = 100
/** An order ends by itself after five minutes; past that its page tells the rest. */
const FOLLOWED_MS = 310_000
const SEEN = 20

interface Wish {
  type: AskedType
  payload: Payload
}

/** A wish whose answer was lost may have been heard: for as long as an order lives it keeps its id. */
const KEPT_MS = 300_000
const unanswered = new Map<string, { id: string; at: number }>()

/** The id of a wish: pressed twice, or sent again after a lost answer, it stays one command. */
export function idOf(accountId: string, wish: Wish, now: number): string {
  const key = JSON.stringify([accountId, wish])
  const known = unanswered.get(key)
  if (known && now - known.at < KEPT_MS) return known.id
  const id = newId()
  unanswered.set(key, { id, at: now })
  return id
}

/** What was answered, or refused, may be wished for anew. */
export function forgetId(accountId: string, wish: Wish): void {
  unanswered.delete(JSON.stringify([accountId, wish]))
}

/** Ask something of an account's terminal: at once in every list, once however often it is pressed. */
export function useAskTerminal(account: Account) {
  const cache = useQueryClient()
  const { email } = useMe()
  return useMutation({
    mutationFn: (wish: Wish) => askTerminal(account.id, { id: idOf(account.id, wish, Date.now()), ...wish }),
    onMutate: wish => {
      const id = idOf(account.id, wish, Date.now())
      showCommand(cache, guess({ id, account, email, wish }))
      return id
    },
    onSuccess: (command, wish) => {
      forgetId(account.id, wish)
      showCommand(cache, command)
      void follow(cache, command)
    },
    onError: (error, wish, id) => {
      if (id) hideCommand(cache, id)
      if (!(error instanceof ApiError) || error.status >= 500 || error.status === 0) return
      forgetId(account.id, wish)
    },
  })
}

interface Guess {
  id: string
  account: Account
  email: string
  wish: Wish
}

/** The command as it will be, to be shown until the hub's own word arrives. */
function guess({ id, account, email, wish }: Guess): Command {
  const now = new Date(serverNow()).toISOString()
  return {
    id,
    ...wish,
    state: 'queued',
    attempt: 0,
    accountId: account.id,
    accountLabel: account.label,
    terminalId: '',
    instanceId: null,
    requestedBy: email,
    result: null,
    error: '',
    createdAt: now,
    dueAt: now,
    expiresAt: null,
    finishedAt: null,
    canRequeue: false,
  }
}

/** Put a command into every list on screen that would have it. */
export function showCommand(cache: QueryClient, command: Command): void {
  for (const [key, page] of cache.getQueriesData<CommandPage>({ queryKey: ['commands'] })) {
    const filters = key[1] as CommandFilters
    if (page) cache.setQueryData(key, withCommand(page, command, filters))
  }
}

export function withCommand(page: CommandPage, command: Command, filters: CommandFilters): CommandPage {
  const isKnown = page.items.some(row => row.id === command.id)
  if (isKnown) {
    return { ...page, items: page.items.map(row => (row.id === command.id ? command : row)) }
  }
  const belongs =
    (filters.page ?? 1) === 1 &&
    (!filters.account || filters.account === command.accountId) &&
    (!filters.type || filters.type === command.type) &&
    (!filters.state || filters.state === command.state)
  if (!belongs) return page
  return { ...page, items: [command, ...page.items].slice(0, page.pageSize), total: page.total + 1 }
}

function hideCommand(cache: QueryClient, id: string): void {
  cache.setQueriesData<CommandPage>({ queryKey: ['commands'] }, page => {
    if (!page?.items.some(row => row.id === id)) return page
    return { ...page, items: page.items.filter(row => row.id !== id), total: page.total - 1 }
  })
}

/** Say in a toast what becomes of a command, wherever its person goes meanwhile. */
export async function follow(cache: QueryClient, first: Command): Promise<void> {
  let command = first
  const title = commandWords(first)
  toast.loading(title, { id: first.id, description: waitWords(command) })
  const until = Date.now() + FOLLOWED_MS
  while (isUnderWay(command) && Date.now() < until) {
    await nextWordOf(first.id, LOOK_MS)
    command = (await latest(cache, first)) ?? command
    if (isUnderWay(command)) toast.loading(title, { id: first.id, description: waitWords(command) })
  }
  void cache.invalidateQueries({ queryKey: ['commands'] })
  if (command.state === 'done') toast.success(title, { id: first.id, description: resultWords(command) })
  else if (isUnderWay(command)) toast.dismiss(first.id)
  else toast.error(title, { id: first.id, description: resultWords(command), duration: 12_000 })
}

async function latest(cache: QueryClient, { id, accountId }: Command): Promise<Command | undefined> {
  const query = commands({ account: accountId, page: 1, pageSize: SEEN })
  const page = await cache.fetchQuery({ ...query, staleTime: READ_AGAIN_MS }).catch(() => undefined)
  return page?.items.find(row => row.id === id)
}

const waitWords = ({ state, attempt }: Command): string =>
  state === 'leased'
    ? `The terminal has it${attempt > 1 ? `, try ${attempt}` : ''}…`
    : 'Waiting for the terminal to fetch it…'
