import { useQuery } from '@tanstack/react-query'
import { Controller, type UseFormReturn, useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { toast } from 'sonner'
import { rolloutPreview, rolloutVersions } from '@/api/operator-queries'
import type { InputMigration, RolloutForm } from '@/api/operator-records'
import { startRollout, useOperatorVerb } from '@/api/operator-verbs'
import { sentenceOf } from '@/api/problem'
import { LineNotUnderstood, readMigration } from '@/components/rollout/migration'
import { PreviewList } from '@/components/rollout/preview-list'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Skeleton } from '@/ui/skeleton'
import { Switch } from '@/ui/switch'

interface Values {
  versionId: string
  canaries: number
  watchMinutes: number
  maxLossPercent: number
  maxCrashes: number
  maxLateHeartbeats: number
  evenWithPositions: boolean
  /** One line each; empty: the version's own. */
  migration: string
}

const FRESH: Values = {
  versionId: '',
  canaries: 1,
  watchMinutes: 60,
  maxLossPercent: 5,
  maxCrashes: 2,
  maxLateHeartbeats: 10,
  evenWithPositions: false,
  migration: '',
}

interface Props {
  isOpen: boolean
  onClose: () => void
}

export function RolloutStartDialog({ isOpen, onClose }: Props) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      isWide
      title="Roll a version out"
      description="A few EAs get it first and are watched. While they stay within the limits all others follow; one that does not takes everything back."
    >
      <StartForm onClose={onClose} />
    </Dialog>
  )
}

function StartForm({ onClose }: Pick<Props, 'onClose'>) {
  const form = useForm<Values>({ defaultValues: FRESH, mode: 'onChange' })
  const navigate = useNavigate()
  const verb = useOperatorVerb((body: RolloutForm) => startRollout(body))
  const submit = form.handleSubmit(({ migration, ...rest }) =>
    verb.mutate(
      { ...rest, inputMigration: migrationOf(migration) },
      {
        onSuccess: made => {
          toast.success(`${made.templateName} ${made.toVersion} is being rolled out`)
          onClose()
          void navigate(`/operator/rollouts/${made.id}`)
        },
        onError: error => showRefusal(form, error),
      },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <VersionField form={form} />
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <NumberField form={form} name="canaries" label="First" unit="EAs" low={1} high={1000} />
        <NumberField form={form} name="watchMinutes" label="Watched" unit="minutes" low={1} high={20_160} />
        <NumberField form={form} name="maxLossPercent" label="Loss at most" unit="%" low={0.01} high={100} />
        <NumberField form={form} name="maxCrashes" label="Crashes at most" low={0} high={1000} />
        <NumberField form={form} name="maxLateHeartbeats" label="Late at most" low={0} high={100_000} />
        <Field label="With open positions" hint="Else each waits until flat.">
          {control => (
            <Controller
              control={form.control}
              name="evenWithPositions"
              render={({ field }) => <Switch {...control} isOn={field.value} onChange={field.onChange} />}
            />
          )}
        </Field>
      </div>
      <MigrationField form={form} />
      <Preview form={form} />
      <RefusalNote text={form.formState.errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Start
        </Button>
      </DialogActions>
    </form>
  )
}

type Form = UseFormReturn<Values>

function VersionField({ form }: { form: Form }) {
  const query = useQuery(rolloutVersions())
  const choices = (query.data?.templates ?? []).flatMap(template =>
    template.versions
      .filter(version => version.state === 'released')
      .map(version => ({ id: version.id, label: `${template.name} ${version.version}` })),
  )
  return (
    <Field
      label="Version"
      hint="What is released. EAs on older versions of it are moved."
      error={form.formState.errors.versionId?.message}
    >
      {control => (
        <Select {...control} {...form.register('versionId', { required: 'Choose a version.' })}>
          <option value="">Choose…</option>
          {choices.map(choice => (
            <option key={choice.id} value={choice.id}>
              {choice.label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

interface NumberProps {
  form: Form
  name: 'canaries' | 'watchMinutes' | 'maxLossPercent' | 'maxCrashes' | 'maxLateHeartbeats'
  label: string
  unit?: string
  low: number
  high: number
}

function NumberField({ form, name, label, unit, low, high }: NumberProps) {
  const isWhole = name !== 'maxLossPercent'
  return (
    <Field label={label} error={form.formState.errors[name]?.message}>
      {control => (
        <Input
          {...control}
          {...form.register(name, {
            valueAsNumber: true,
            validate: value =>
              (value >= low && value <= high && (!isWhole || Number.isInteger(value))) ||
              `From ${low} to ${high}.`,
          })}
          inputMode={isWhole ? 'numeric' : 'decimal'}
          unit={unit}
        />
      )}
    </Field>
  )
}

function MigrationField({ form }: { form: Form }) {
  return (
    <Field
      label="What becomes of inputs"
      hint="One line each: old -> new renames, - old drops, name = value sets. Empty: as the version itself says."
      error={form.formState.errors.migration?.message}
    >
      {control => (
        <textarea
          {...control}
          {...form.register('migration', { validate: faultOf })}
          rows={2}
          spellCheck={false}
          className="num w-full rounded-lg border border-line-strong bg-field px-3 py-2 text-ink text-sm placeholder:text-faint focus:border-accent focus:outline-2 focus:outline-accent/30 aria-invalid:border-loss"
          placeholder="fast_period -> quick_period"
        />
      )}
    </Field>
  )
}

/** Who would move, asked anew with every change. */
function Preview({ form }: { form: Form }) {
  const { versionId, canaries, migration } = form.watch()
  const isSound = faultOf(migration) === true && canaries >= 1 && Number.isInteger(canaries)
  const query = useQuery({
    ...rolloutPreview({
      versionId,
      canaries: isSound ? canaries : 1,
      inputMigration: isSound ? migrationOf(migration) : null,
    }),
    enabled: versionId !== '' && isSound,
  })
  if (versionId === '') return null
  if (query.error) return <Callout tone="loss">{sentenceOf(query.error)}</Callout>
  return query.data ? <PreviewList found={query.data} /> : <Skeleton className="h-24 w-full rounded-lg" />
}

function migrationOf(text: string): InputMigration | null {
  return text.trim() === '' ? null : readMigration(text)
}

function faultOf(text: string): true | string {
  try {
    readMigration(text)
    return true
  } catch (error) {
    if (error instanceof LineNotUnderstood) return error.message
    throw error
  }
}
