import { useQuery } from '@tanstack/react-query'
import { type Scope, scopeChoices } from '@/api/rules'
import { SCOPES } from '@/components/alerts/rule-words'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

export interface ScopeWish {
  scope: Scope
  scopeId: string | null
}

interface Props {
  wish: ScopeWish
  /** What may be chosen here. */
  scopes: readonly Scope[]
  onChange: (wish: ScopeWish) => void
}

/** All of the desk, or one group, account, EA or machine of it. */
export function ScopeFields({ wish, scopes, onChange }: Props) {
  const all = useQuery(scopeChoices()).data ?? []
  const choices = all.filter(one => one.scope === wish.scope)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="About">
        {control => (
          <Select
            {...control}
            value={wish.scope}
            onChange={({ target }) => {
              const scope = target.value as Scope
              onChange({ scope, scopeId: all.find(one => one.scope === scope)?.id ?? null })
            }}
          >
            {scopes.map(scope => (
              <option key={scope} value={scope}>
                {SCOPES[scope].label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {wish.scope !== 'tenant' && (
        <Field label={SCOPES[wish.scope].one} error={choices.length === 0 ? 'There is none yet.' : undefined}>
          {control => (
            <Select
              {...control}
              value={wish.scopeId ?? ''}
              onChange={({ target }) => onChange({ ...wish, scopeId: target.value })}
            >
              {choices.map(one => (
                <option key={one.id} value={one.id}>
                  {one.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
    </div>
  )
}
