import { Controller, type FieldPath, type UseFormReturn, useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { GroupForm, RuleForm, ScalingGroup } from '@/api/operator-records'
import { changeGroup, makeGroup, useOperatorVerb } from '@/api/operator-verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Values {
  name: string
  provider: 'simulated' | 'aws'
  asg: string
  region: string
  usdPerHour: number
  perHost: number
  buffer: number
  minimum: number
  maximum: number
  /** Empty: the same at weekends. */
  weekendMinimum: string
  isDryRun: boolean
}

const FRESH: Values = {
  name: '',
  provider: 'simulated',
  asg: '',
  region: '',
  usdPerHour: 0.1,
  perHost: 50,
  buffer: 1,
  minimum: 5,
  maximum: 50,
  weekendMinimum: '',
  isDryRun: false,
}

const DESCRIPTION = 'Hosts = active EAs ÷ EAs on a host, rounded up, and the reserve, within the bounds.'

interface DialogProps {
  isOpen: boolean
  onClose: () => void
}

export function GroupMakeDialog({ isOpen, onClose }: DialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} isWide title="New scaling group" description={DESCRIPTION}>
      <MakeForm onClose={onClose} />
    </Dialog>
  )
}

export function GroupChangeDialog({ group, isOpen, onClose }: DialogProps & { group: ScalingGroup }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      isWide
      title={`Rule of ${group.name}`}
      description={DESCRIPTION}
    >
      <ChangeForm group={group} onClose={onClose} />
    </Dialog>
  )
}

/** What the rule's fields say, as the API takes it. */
export function ruleOf(
  values: Omit<Values, 'name' | 'provider' | 'asg' | 'region' | 'usdPerHour'>,
): RuleForm {
  const { perHost, buffer, minimum, maximum, weekendMinimum, isDryRun } = values
  const weekend = weekendMinimum.trim() === '' ? null : Number(weekendMinimum)
  return { perHost, buffer, minimum, maximum, weekendMinimum: weekend, isDryRun }
}

function MakeForm({ onClose }: Pick<DialogProps, 'onClose'>) {
  const form = useForm<Values>({ defaultValues: FRESH })
  const verb = useOperatorVerb((body: GroupForm) => makeGroup(body))
  const submit = form.handleSubmit(values => {
    const { name, provider, asg, region, usdPerHour } = values
    const body = { ...ruleOf(values), name, provider, asg, region, usdPerHour, driver: 'docker' as const }
    verb.mutate(body, {
      onSuccess: () => {
        toast.success(`${name} is scaled from now on`)
        onClose()
      },
      onError: error => showRefusal(form, error),
    })
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name" error={errors.name?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('name', {
                required: 'Give the group a name.',
                pattern: {
                  value: /^[a-z][a-z0-9-]{0,39}$/,
                  message: 'Small letters, digits and dashes, a letter first.',
                },
              })}
              placeholder="runners"
            />
          )}
        </Field>
        <Field label="Cloud" error={errors.provider?.message}>
          {control => (
            <Select {...control} {...form.register('provider')}>
              <option value="simulated">Simulated: nothing is made, nothing costs</option>
              <option value="aws">Amazon EC2 Auto Scaling</option>
            </Select>
          )}
        </Field>
      </div>
      {form.watch('provider') === 'aws' && <AwsFields form={form} />}
      <RuleFields form={form} />
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Make the group
        </Button>
      </DialogActions>
    </form>
  )
}

function ChangeForm({ group, onClose }: { group: ScalingGroup; onClose: () => void }) {
  const weekendMinimum = group.weekendMinimum === null ? '' : String(group.weekendMinimum)
  const form = useForm<Values>({ defaultValues: { ...FRESH, ...group, weekendMinimum } })
  const verb = useOperatorVerb((rule: RuleForm) => changeGroup(group.id, rule))
  const submit = form.handleSubmit(values =>
    verb.mutate(ruleOf(values), {
      onSuccess: () => {
        toast.success('The rule counts from now on')
        onClose()
      },
      onError: error => showRefusal(form, error),
    }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <RuleFields form={form} />
      <RefusalNote text={form.formState.errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Change
        </Button>
      </DialogActions>
    </form>
  )
}

type Form = UseFormReturn<Values>

function AwsFields({ form }: { form: Form }) {
  const { errors } = form.formState
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Field label="Auto Scaling group" error={errors.asg?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('asg', { required: 'Its name at AWS.' })}
            placeholder="runners"
          />
        )}
      </Field>
      <Field label="Region" error={errors.region?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('region', { required: 'As eu-central-1.' })}
            placeholder="eu-central-1"
          />
        )}
      </Field>
      <Field label="A machine’s hour" error={errors.usdPerHour?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('usdPerHour', {
              valueAsNumber: true,
              validate: value => (value >= 0 && value <= 1000) || 'From 0 to 1000.',
            })}
            inputMode="decimal"
            unit="USD"
          />
        )}
      </Field>
    </div>
  )
}

function RuleFields({ form }: { form: Form }) {
  return (
    <>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <WholeField form={form} name="perHost" label="EAs on a host" low={1} />
        <WholeField form={form} name="buffer" label="Reserve" low={0} />
        <WholeField form={form} name="minimum" label="At least" low={0} />
        <WholeField form={form} name="maximum" label="At most" low={0} />
      </div>
      <Field
        label="At least, at weekends"
        hint="While the currency market is closed: Friday to Sunday, 17:00 in New York. Empty: as always."
        error={form.formState.errors.weekendMinimum?.message}
      >
        {control => (
          <Input
            {...control}
            {...form.register('weekendMinimum', {
              validate: value => /^\s*\d{0,4}\s*$/.test(value) || 'A whole number, or nothing.',
            })}
            inputMode="numeric"
            className="max-w-40"
          />
        )}
      </Field>
      <Field label="Dry run" hint="Decide and write down, and change nothing.">
        {control => (
          <Controller
            control={form.control}
            name="isDryRun"
            render={({ field }) => <Switch {...control} isOn={field.value} onChange={field.onChange} />}
          />
        )}
      </Field>
    </>
  )
}

interface WholeProps {
  form: Form
  name: FieldPath<Values> & ('perHost' | 'buffer' | 'minimum' | 'maximum')
  label: string
  low: number
}

function WholeField({ form, name, label, low }: WholeProps) {
  return (
    <Field label={label} error={form.formState.errors[name]?.message}>
      {control => (
        <Input
          {...control}
          {...form.register(name, {
            valueAsNumber: true,
            validate: value =>
              (Number.isInteger(value) && value >= low && value <= 1000) || `From ${low} to 1000.`,
          })}
          inputMode="numeric"
        />
      )}
    </Field>
  )
}
