import type { OptimisationOptions, SearchMethod } from '@/api/optimisations'
import { METHODS } from '@/components/optimisation/words'
import { Card } from '@/ui/card'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

/** The search while it is being written. */
export interface SearchDraft {
  method: SearchMethod
  tries: string
  criterion: string
  fewestTrades: string
  windows: string
  manner: 'rolling' | 'anchored'
  ratio: string
}

export const FIRST_SEARCH: SearchDraft = {
  method: 'genetic',
  tries: '',
  criterion: 'net_profit',
  fewestTrades: '10',
  windows: '0',
  manner: 'rolling',
  ratio: '4',
}

interface Props {
  options: OptimisationOptions
  draft: SearchDraft
  onChange: (draft: SearchDraft) => void
  faults: Readonly<Record<string, string>>
}

const FORMULA = ''

export function SearchFields({ options, draft, onChange, faults }: Props) {
  const set = (part: Partial<SearchDraft>) => onChange({ ...draft, ...part })
  const isFigure = options.criteria.some(one => one.name === draft.criterion)
  const method = METHODS.find(one => one.value === draft.method)
  const isGrid = draft.method === 'grid'
  return (
    <Card title="Search" hint="what it looks for, and how">
      <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2 lg:grid-cols-3">
        <Field label="Method" hint={method?.says} error={faults.method} className="lg:col-span-2">
          {control => (
            <Select
              {...control}
              value={draft.method}
              onChange={event => set({ method: event.target.value as SearchMethod })}
            >
              {METHODS.filter(one => options.methods.includes(one.value)).map(one => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="At most"
          aside="optional"
          error={faults.tries}
          hint={
            isGrid
              ? 'All of them are tried.'
              : `Empty: ${draft.method === 'bayes' ? options.mostBayes : 400}.`
          }
        >
          {control => (
            <Input
              {...control}
              value={isGrid ? '' : draft.tries}
              disabled={isGrid}
              inputMode="numeric"
              unit="tries"
              onChange={event => set({ tries: event.target.value })}
            />
          )}
        </Field>
        <Field label="Look for" hint="A drawdown is looked for where it is least, all else where it is most.">
          {control => (
            <Select
              {...control}
              value={isFigure ? draft.criterion : FORMULA}
              onChange={event => set({ criterion: event.target.value })}
            >
              {options.criteria.map(one => (
                <option key={one.name} value={one.name}>
                  {one.title}
                </option>
              ))}
              <option value={FORMULA}>A formula…</option>
            </Select>
          )}
        </Field>
        {!isFigure && (
          <Field
            label="Formula"
            hint="Over the figures’ names, as net_profit / max(drawdown, 1)."
            error={faults.criterion}
          >
            {control => (
              <Input
                {...control}
                value={draft.criterion}
                placeholder="net_profit / max(drawdown, 1)"
                autoComplete="off"
                spellCheck={false}
                onChange={event => set({ criterion: event.target.value })}
              />
            )}
          </Field>
        )}
        <Field label="Fewest trades" hint="What trades less has no value." error={faults.fewestTrades}>
          {control => (
            <Input
              {...control}
              value={draft.fewestTrades}
              inputMode="numeric"
              onChange={event => set({ fewestTrades: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Walk-forward"
          error={faults.windows}
          hint="Chooses again and again, and trades the time after each choice."
        >
          {control => (
            <Select
              {...control}
              value={draft.windows}
              onChange={event => set({ windows: event.target.value })}
            >
              {['0', '2', '3', '4', '5', '6', '8', '10', '12'].map(one => (
                <option key={one} value={one}>
                  {one === '0' ? 'None' : `${one} folds`}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {draft.windows !== '0' && (
          <>
            <Field label="Each choice sees" hint="Rolling: as much past as the others. Anchored: all of it.">
              {control => (
                <Select
                  {...control}
                  value={draft.manner}
                  onChange={event =>
                    set({ manner: event.target.value === 'anchored' ? 'anchored' : 'rolling' })
                  }
                >
                  <option value="rolling">A rolling stretch</option>
                  <option value="anchored">All the past</option>
                </Select>
              )}
            </Field>
            <Field label="Past for one of after" error={faults.ratio}>
              {control => (
                <Input
                  {...control}
                  value={draft.ratio}
                  inputMode="numeric"
                  unit=": 1"
                  onChange={event => set({ ratio: event.target.value })}
                />
              )}
            </Field>
          </>
        )}
      </div>
    </Card>
  )
}
