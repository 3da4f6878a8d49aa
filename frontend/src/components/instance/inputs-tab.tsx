import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { canInstance, whyNot } from '@/api/can'
import type { InstanceDetail } from '@/api/records'
import { InputsTable } from '@/components/catalogue/inputs-table'
import { useMe } from '@/components/session'
import { fieldsOf } from '@/forms/inputs'
import { InstanceConfigureDialog } from '@/forms/instance-configure'
import { Button } from '@/ui/button'

export function InputsTab({ instance }: { instance: InstanceDetail }) {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <div className="flex items-center justify-between gap-4 px-4 py-3">
        <p className="text-muted text-sm">
          What it is told now. Values of your own are{' '}
          <span className="font-semibold text-accent">marked</span>.
        </p>
        <Button
          size="sm"
          disabledReason={whyNot(canInstance('configure', instance, me))}
          onClick={() => setOpen(true)}
        >
          <SlidersHorizontal /> Edit
        </Button>
      </div>
      <InputsTable fields={fieldsOf(instance.inputSchema)} values={instance.inputs} />
      <InstanceConfigureDialog instance={instance} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  )
}
