import { resumeInstance } from '@/api/verbs'
import { type ActProps, Consequences, InstanceActDialog } from '@/forms/instance-act'

export function InstanceResumeDialog(props: ActProps) {
  const { instance } = props
  const isStart = instance.desiredState === 'stopped'
  const isRetry = instance.state === 'error' && !isStart
  const act = isStart ? 'Start' : isRetry ? 'Try again' : 'Resume'
  return (
    <InstanceActDialog
      {...props}
      title={`${act}: ${instance.name}`}
      verb={() => resumeInstance(instance.id)}
      words={{ act, done: isStart ? `${instance.name} is starting` : `${instance.name} resumes` }}
    >
      <Consequences>
        <li>
          It trades {instance.symbol} on {instance.accountLabel} with its present inputs.
        </li>
        {isStart && (
          <li>A new process is started, which takes a few seconds. It takes a place of your plan.</li>
        )}
        {isRetry && <li>It is started again at once, whatever it was waiting for.</li>}
        {!isStart && instance.openPositions > 0 && <li>It looks after its open positions again.</li>}
      </Consequences>
    </InstanceActDialog>
  )
}
