import { DESTINATIONS } from '@/components/nav'
import { Dialog } from '@/ui/dialog'
import { Kbd } from '@/ui/kbd'

const ROWS: readonly (readonly [string, readonly string[]])[] = [
  ['Go to a page or an EA', ['⌘K']],
  ['Search in the list', ['/']],
  ['Down and up a list of trades or incidents', ['j', 'k']],
  ['Open what is marked there', ['Enter']],
  ['Choose an incident', ['x']],
  ['Acknowledge an incident', ['e']],
  ['This help', ['?']],
  ...DESTINATIONS.filter(item => !item.isForOperator).map(item => [item.label, ['g', item.key]] as const),
]

export function ShortcutsHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Keyboard" description="Ctrl serves as ⌘ elsewhere.">
      <dl>
        {ROWS.map(([label, keys]) => (
          <div key={label} className="flex h-9 items-center justify-between border-line border-b text-sm">
            <dt className="text-muted">{label}</dt>
            <dd className="flex gap-1">
              {keys.map(key => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
