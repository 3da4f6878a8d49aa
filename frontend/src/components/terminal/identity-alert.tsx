import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { canTerminal, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { Account, Terminal, Trouble } from '@/api/records'
import { accountTerminals, forgetAccount } from '@/api/terminal-queries'
import { clearTroubles } from '@/api/terminal-verbs'
import { Ago, Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { identityTrouble, terminalName, times } from '@/components/terminal/words'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'

/** Terminals that spoke for another account: what was refused, and the two ways to put it right. */
export function IdentityAlerts({ account }: { account: Account }) {
  const { data } = useQuery(accountTerminals(account.id))
  return data?.flatMap(terminal => {
    const trouble = identityTrouble(terminal)
    return trouble
      ? [<IdentityAlert key={terminal.id} account={account} terminal={terminal} trouble={trouble} />]
      : []
  })
}

function IdentityAlert({
  account,
  terminal,
  trouble,
}: {
  account: Account
  terminal: Terminal
  trouble: Trouble
}) {
  const cache = useQueryClient()
  const refused = whyNot(canTerminal('rename', terminal, useMe()))
  const clear = useMutation({
    mutationFn: () => clearTroubles(terminal.id),
    onSuccess: () => forgetAccount(cache, account.id),
    onError: error => toast.error(sentenceOf(error)),
  })
  return (
    <Callout tone="loss" title={`${terminalName(terminal)} spoke for another account`}>
      <p>
        {trouble.detail} Its data was refused {times(trouble.count)}, last <Ago at={trouble.lastAt} /> (
        <Moment at={trouble.lastAt} />
        ); nothing of it was written here.
      </p>
      <p className="mt-1.5">
        Sign the terminal in to <span className="num font-semibold">{account.login}</span> at{' '}
        <span className="font-semibold">{account.server}</span>, or add the other account and pair the
        terminal there. Clear this once it is put right; it comes back if the terminal still speaks for
        another.
      </p>
      <Button
        size="sm"
        className="mt-2.5"
        isBusy={clear.isPending}
        disabledReason={refused}
        onClick={() => clear.mutate()}
      >
        Clear this alarm
      </Button>
    </Callout>
  )
}
