import { revokeTerminal } from '@/api/terminal-verbs'
import { terminalName } from '@/components/terminal/words'
import { Consequences } from '@/forms/instance-act'
import { TerminalActDialog, type TerminalActProps } from '@/forms/terminal-act'

export function TerminalRevokeDialog(props: TerminalActProps) {
  const name = terminalName(props.terminal)
  return (
    <TerminalActDialog
      {...props}
      title={`Revoke ${name}?`}
      verb={() => revokeTerminal(props.terminal.id)}
      words={{ act: 'Revoke', keep: 'Keep it', done: `${name} is revoked` }}
    >
      <Consequences>
        <li>Its tokens are void at once: nothing that it sends is taken any more.</li>
        <li>Commands that wait for it are not delivered.</li>
        <li>What it has reported stays. A new pairing code lets it, or another machine, back in.</li>
      </Consequences>
    </TerminalActDialog>
  )
}
