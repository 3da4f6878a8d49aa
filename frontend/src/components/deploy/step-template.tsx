import { useQuery } from '@tanstack/react-query'
import { planName } from '@/api/can'
import { templates } from '@/api/queries'
import { TemplateMark } from '@/components/catalogue/template-mark'
import { Option } from '@/components/deploy/option'
import { StepFrame, type StepProps } from '@/components/deploy/step-frame'
import { Loaded } from '@/components/loaded'
import { useMe } from '@/components/session'

export function StepTemplate({ choices, onChange, onNext }: StepProps) {
  const me = useMe()
  const query = useQuery(templates())
  return (
    <StepFrame
      title="Which EA?"
      nextReason={choices.template ? undefined : 'Choose an EA first.'}
      onNext={() => onNext('place')}
    >
      <Loaded query={query}>
        {rows => (
          <div role="radiogroup" aria-label="EA" className="grid gap-3 md:grid-cols-2">
            {rows.map(row => (
              <Option
                key={row.id}
                group="template"
                isChosen={choices.template === row.slug}
                reason={
                  row.allowed
                    ? undefined
                    : `Needs the ${planName(row.requiredPlan)} plan; you are on ${me.plan.name}.`
                }
                onChoose={() => onChange({ template: row.slug, symbol: '', inputs: {} })}
              >
                <span className="flex gap-3">
                  <TemplateMark row={row} />
                  <span className="min-w-0">
                    <span className="block font-semibold text-ink text-sm">{row.name}</span>
                    <span className="num block text-faint text-xs">
                      {row.version.version} · {row.symbols.join(', ')}
                    </span>
                    <span className="mt-2 block text-muted text-sm">{row.summary}</span>
                  </span>
                </span>
              </Option>
            ))}
          </div>
        )}
      </Loaded>
    </StepFrame>
  )
}
