import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { placeErrors } from '@/api/problem'
import {
  addRule,
  changeRule,
  type Rule,
  type RuleAction,
  type RuleForm,
  type RuleKind,
  ruleKinds,
  useRuleVerb,
} from '@/api/rules'
import { SEVERITIES } from '@/components/alerts/incident-words'
import { ACTIONS } from '@/components/alerts/rule-words'
import { Loaded } from '@/components/loaded'
import { InputFields } from '@/forms/input-fields'
import { type Draft, draftOf, fieldsOf, valuesOf } from '@/forms/inputs'
import { RefusalNote } from '@/forms/refusal'
import { ScopeFields, type ScopeWish } from '@/forms/scope-fields'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

interface Props {
  /** None: a new one. */
  rule?: Rule
  isOpen: boolean
  onClose: () => void
}

export function RuleDialog({ rule, isOpen, onClose }: Props) {
  const kinds = useQuery(ruleKinds())
  const title = rule ? `Edit ${rule.name}` : 'Add a rule'
  return (
    <Dialog isWide isOpen={isOpen} onClose={onClose} title={title}>
      <Loaded query={kinds}>{found => <KindChoice kinds={found} rule={rule} onClose={onClose} />}</Loaded>
    </Dialog>
  )
}

type PartProps = { kinds: readonly RuleKind[]; rule: Rule | undefined; onClose: () => void }

/** The kind is chosen first and then stays; what it asks for is the rest of the form. */
function KindChoice({ kinds, rule, onClose }: PartProps) {
  const [slug, setSlug] = useState(rule?.kind ?? kinds.find(one => one.kind === 'loss')?.kind ?? '')
  const kind = kinds.find(one => one.kind === slug)
  return (
    <>
      {!rule && (
        <Field label="What to watch" className="mb-4">
          {control => (
            <Select {...control} value={slug} onChange={({ target }) => setSlug(target.value)}>
              {kinds.map(one => (
                <option key={one.kind} value={one.kind}>
                  {one.title}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {kind && <EditForm key={slug} kind={kind} rule={rule} onClose={onClose} />}
    </>
  )
}

type Rest = Required<Pick<RuleForm, 'name' | 'severity'>> & { actions: RuleAction[] } & ScopeWish

const restOf = (kind: RuleKind, rule: Rule | undefined): Rest => ({
  name: rule?.name ?? kind.title,
  severity: rule?.severity ?? kind.severity,
  actions: rule?.actions ?? ['notify'],
  scope: rule?.scope ?? 'tenant',
  scopeId: rule?.scopeId ?? null,
})

function EditForm({ kind, rule, onClose }: { kind: RuleKind } & Omit<PartProps, 'kinds'>) {
  const fields = fieldsOf(kind.params)
  const params = useForm<Draft>({ mode: 'onTouched', defaultValues: draftOf(fields, rule?.params ?? {}) })
  const [rest, setRest] = useState(() => restOf(kind, rule))
  const [refusal, setRefusal] = useState<string | undefined>()
  const change = (part: Partial<Rest>) => setRest(before => ({ ...before, ...part }))
  const save = useRuleVerb((body: RuleForm) =>
    rule ? changeRule(rule.id, body) : addRule({ ...body, kind: kind.kind }),
  )
  const send = (draft: Draft) =>
    save.mutate(
      { ...rest, params: valuesOf(fields, draft) },
      {
        onSuccess: row => {
          toast.success(rule ? `${row.name} is changed` : `${row.name} is on`)
          onClose()
        },
        onError: error => {
          const names = fields.map(field => field.name)
          const placed = placeErrors(error, names, '/params')
          for (const [name, message] of Object.entries(placed.fields)) params.setError(name, { message })
          setRefusal(placed.rest ?? undefined)
        },
      },
    )
  return (
    <form onSubmit={params.handleSubmit(send)}>
      <p className="mb-4 text-muted text-sm">
        {kind.help}
        {kind.hasStages && ' People are warned at 50, 75 and 90 % of it.'}
      </p>
      <div className="mb-5 grid gap-4 sm:grid-cols-2">
        <Field label="Name" hint="It stands in every message.">
          {control => (
            <Input
              {...control}
              value={rest.name}
              maxLength={80}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        <Field label="Severity" hint="Once the limit is reached.">
          {control => (
            <Select
              {...control}
              value={rest.severity}
              onChange={({ target }) => change({ severity: target.value as Rest['severity'] })}
            >
              {Object.entries(SEVERITIES).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <InputFields fields={fields} form={params} />
      <div className="mt-6 space-y-5 border-line border-t pt-5">
        <ScopeFields wish={rest} scopes={kind.scopes} onChange={change} />
        <ActionFields kind={kind} actions={rest.actions} onChange={actions => change({ actions })} />
      </div>
      <RefusalNote text={refusal} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={save.isPending} disabledReason={missing(rest)}>
          {rule ? 'Save' : 'Add rule'}
        </Button>
      </DialogActions>
    </form>
  )
}

function missing(rest: Rest): string | undefined {
  if (rest.name.trim() === '') return 'Give it a name.'
  return rest.scope !== 'tenant' && !rest.scopeId ? 'Choose what it is about.' : undefined
}

interface ActionProps {
  kind: RuleKind
  actions: RuleAction[]
  onChange: (actions: RuleAction[]) => void
}

/** What happens once the limit is reached. People are told always. */
function ActionFields({ kind, actions, onChange }: ActionProps) {
  const can: RuleAction[] = kind.canAct ? ['notify', 'pause', 'flatten'] : ['notify']
  const toggle = (action: RuleAction, isOn: boolean) =>
    onChange(isOn ? [...actions, action] : actions.filter(one => one !== action))
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-ink text-sm">Then</legend>
      <ul className="space-y-2">
        {can.map(action => (
          <li key={action}>
            <label className="flex items-start gap-3 text-sm">
              <input
                type="checkbox"
                checked={action === 'notify' || actions.includes(action)}
                disabled={action === 'notify'}
                onChange={({ target }) => toggle(action, target.checked)}
                className="mt-0.5 size-4 shrink-0 accent-(--accent-strong)"
              />
              <span>
                <span className="block text-ink first-letter:uppercase">{ACTIONS[action].label}</span>
                <span className="block text-faint text-xs">{ACTIONS[action].says}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
