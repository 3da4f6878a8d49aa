import { removeTerminal } from '@/api/terminal-verbs'
import { terminalName } from '@/components/terminal/words'
import { Consequences } from '@/forms/instance-act'
import { TerminalActDialog, type TerminalActProps } from '@/forms/terminal-act'

export function TerminalRemoveDialog(props: TerminalActProps) {
  const name = terminalName(props.terminal)
  return (
    <TerminalActDialog
      {...props}
      title={`Remove ${name}?`}
      verb={() => removeTerminal(props.terminal.id)}
      words={{ act: 'Remove', keep: 'Keep it', done: `${name} is removed` }}
    >
      <Consequences>
        <li>It leaves this list and cannot be paired again; add a terminal to pair a machine anew.</li>
        <li>The account, its trades and its journal stay.</li>
      </Consequences>
    </TerminalActDialog>
  )
}
