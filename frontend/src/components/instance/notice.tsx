import type { Instance } from '@/api/records'
import { telemetryAt } from '@/api/telemetry'
import { PAUSE_MODES, type Pause, whoPaused } from '@/components/instance/pause-words'
import { Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { duration } from '@/format/age'
import { Callout } from '@/ui/callout'

/** What a person should know before reading any figure: that it fails, or that the figures are old. */
export function InstanceNotice({ instance }: { instance: Instance }) {
  const now = useNow()
  if (instance.state === 'error') {
    return (
      <Callout tone="loss" title={instance.lastError || 'It should run, and does not.'}>
        {instance.statusText}
        {instance.nextAttemptAt && `. ${again(instance.nextAttemptAt, now)}`}
      </Callout>
    )
  }
  if (instance.state === 'deploying') return <Callout title="Deploying">{instance.statusText}</Callout>
  if (instance.pause && instance.state !== 'stopping') return <PauseNotice pause={instance.pause} />
  if (instance.state === 'stopped' || instance.state === 'stopping') return null
  if (telemetryAt(instance.heartbeatAt, now) !== 'stale') return null
  return (
    <Callout tone="warn" title="Nothing was heard of it for over a minute">
      The figures below are as old as its last heartbeat. It is restarted by itself should its process be
      gone.
    </Callout>
  )
}

function PauseNotice({ pause }: { pause: Pause }) {
  const who = whoPaused(pause)
  return (
    <Callout tone="warn" title={`${PAUSE_MODES[pause.mode].label}${who && `, ${who}`}`}>
      {pause.reason && <p>“{pause.reason}”</p>}
      <p>
        {PAUSE_MODES[pause.mode].so}{' '}
        {pause.until ? (
          <>
            It resumes by itself at <Moment at={pause.until} />.
          </>
        ) : (
          'It stays so until somebody resumes it.'
        )}
      </p>
    </Callout>
  )
}

function again(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000
  return seconds > 0 ? `Tried again in ${duration(Math.ceil(seconds))}.` : 'Being tried again now.'
}
