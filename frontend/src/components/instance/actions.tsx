import {
  Ellipsis,
  FlaskConical,
  type LucideIcon,
  Pause,
  Play,
  RotateCw,
  SlidersHorizontal,
  Square,
  Trash2,
} from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { canInstance, canTenant, whyNot } from '@/api/can'
import type { Instance, InstanceDetail } from '@/api/records'
import { instanceLink } from '@/components/backtest/links'
import { useMe } from '@/components/session'
import { InstanceConfigureDialog } from '@/forms/instance-configure'
import { InstancePauseDialog } from '@/forms/instance-pause'
import { InstanceRemoveDialog } from '@/forms/instance-remove'
import { InstanceResumeDialog } from '@/forms/instance-resume'
import { InstanceStopDialog } from '@/forms/instance-stop'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'
import { Tooltip } from '@/ui/tooltip'

type Asked = 'pause' | 'resume' | 'stop' | 'configure' | 'remove' | null

/** Everything that may be asked of an instance, on its own page. */
export function InstanceActions({ instance }: { instance: InstanceDetail }) {
  const me = useMe()
  const [asked, setAsked] = useState<Asked>(null)
  const close = () => setAsked(null)
  const why = (verb: Exclude<Asked, null>) => whyNot(canInstance(verb, instance, me))
  const start = startWords(instance)
  const navigate = useNavigate()
  const whyTest = whyNot(canTenant('backtest', null, me))
  return (
    <>
      <Button disabledReason={why('pause')} onClick={() => setAsked('pause')}>
        <Pause /> {instance.desiredState === 'paused' ? 'Change pause' : 'Pause'}
      </Button>
      <Button disabledReason={why('resume')} onClick={() => setAsked('resume')}>
        <start.icon /> {start.label}
      </Button>
      <Button disabledReason={why('stop')} onClick={() => setAsked('stop')}>
        <Square /> Stop
      </Button>
      <Menu
        trigger={
          <Button size="icon" className="size-9" aria-label="More actions">
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={() => setAsked('configure')} disabledReason={why('configure')}>
          <SlidersHorizontal /> Edit inputs
        </MenuItem>
        <MenuItem onSelect={() => void navigate(instanceLink(instance))} disabledReason={whyTest}>
          <FlaskConical /> Backtest
        </MenuItem>
        <MenuLine />
        <MenuItem isDanger onSelect={() => setAsked('remove')} disabledReason={why('remove')}>
          <Trash2 /> Remove
        </MenuItem>
      </Menu>
      {asked === 'pause' && <InstancePauseDialog isOpen instance={instance} onClose={close} />}
      <InstanceResumeDialog instance={instance} isOpen={asked === 'resume'} onClose={close} />
      <InstanceStopDialog instance={instance} isOpen={asked === 'stop'} onClose={close} />
      <InstanceConfigureDialog instance={instance} isOpen={asked === 'configure'} onClose={close} />
      <InstanceRemoveDialog instance={instance} isOpen={asked === 'remove'} onClose={close} />
    </>
  )
}

/** The one thing that is likely wanted next, for a row of a list. */
export function QuickAction({ instance }: { instance: Instance }) {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  const isPause = instance.desiredState === 'running' && instance.state !== 'error'
  const start = startWords(instance)
  const [label, Icon] = isPause ? ['Pause', Pause] : [start.label, start.icon]
  const reason = whyNot(canInstance(isPause ? 'pause' : 'resume', instance, me))
  const Dialog = isPause ? InstancePauseDialog : InstanceResumeDialog
  const button = (
    <Button
      variant="ghost"
      size="icon"
      aria-label={`${label}: ${instance.name}`}
      disabledReason={reason}
      onClick={() => setOpen(true)}
    >
      <Icon />
    </Button>
  )
  return (
    <>
      {reason ? button : <Tooltip text={label}>{button}</Tooltip>}
      {isOpen && <Dialog isOpen instance={instance} onClose={() => setOpen(false)} />}
    </>
  )
}

function startWords(instance: Instance): { label: string; icon: LucideIcon } {
  if (instance.desiredState === 'stopped') return { label: 'Start', icon: Play }
  return instance.state === 'error' ? { label: 'Try again', icon: RotateCw } : { label: 'Resume', icon: Play }
}
