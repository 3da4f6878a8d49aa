import { Download } from 'lucide-react'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { copyText } from '@/ui/clipboard'
import { Dialog, DialogActions } from '@/ui/dialog'

/** The codes, once: whoever closes this without keeping them makes new ones. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Dialog isOpen onClose={onClose} title="Your recovery codes">
      <Callout tone="warn" title="They are shown this once">
        Each signs you in once when your phone or passkey is gone. Keep them where you keep other papers.
      </Callout>
      <ul
        aria-label="Recovery codes"
        className="num mt-4 grid grid-cols-2 gap-x-6 gap-y-2 text-center text-base"
      >
        {codes.map(code => (
          <li key={code} className="rounded-md bg-hover py-1.5 tracking-wider">
            {code}
          </li>
        ))}
      </ul>
      <DialogActions>
        <Button onClick={() => void copyText(codes.join('\n'))}>Copy</Button>
        <Button asChild>
          <a href={fileOf(codes)} download="metafleet-recovery-codes.txt">
            <Download /> Download
          </a>
        </Button>
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function fileOf(codes: string[]): string {
  const text = `Recovery codes of ${location.host}, each good once:\n\n${codes.join('\n')}\n`
  return `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`
}
