import type { UseFormReturn } from 'react-hook-form'
import type { BacktestModel, BacktestOptions } from '@/api/backtests'
import { SeenNote, seenOf } from '@/components/backtest/model-words'
import type { SetupDraft } from '@/components/backtest/setup'
import { Card } from '@/ui/card'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

interface Props {
  options: BacktestOptions
  form: UseFormReturn<SetupDraft>
}

/** Whose signals the EA hears; not there where no model is of the symbol. */
export function ModelFields({ options, form }: Props) {
  const draft = form.watch()
  const models = options.models.filter(one => one.symbols.includes(draft.symbol))
  const chosen = models.find(one => one.versionId === draft.model)
  if (models.length === 0) return null
  return (
    <Card title="Signals" hint="Only an EA that asks the Brain hears them.">
      <Field
        label="Signals of"
        hint={chosen ? `Of ${chosen.timeframe}: the test’s bars must be these.` : 'The Brain is silent.'}
        error={form.formState.errors.model?.message}
      >
        {control => (
          <Select {...control} {...form.register('model')}>
            <option value="">None</option>
            {models.map(one => (
              <option key={one.versionId} value={one.versionId}>
                {words(one)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {chosen && (
        <div className="mt-4">
          <SeenNote
            seen={seenOf(chosen, draft.from, draft.to)}
            name={`${chosen.name} version ${chosen.number}`}
            trainedTo={chosen.trainedTo}
          />
        </div>
      )}
    </Card>
  )
}

const words = (one: BacktestModel): string =>
  `${one.name} version ${one.number}, ${one.timeframe}, ${one.state}`
