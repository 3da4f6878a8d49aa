import { useQuery } from '@tanstack/react-query'
import { account } from '@/api/queries'
import type { DeployForm, DeployReview, Template } from '@/api/records'
import { useMe } from '@/components/session'
import { money } from '@/format/money'
import { fieldsOf, inputText } from '@/forms/inputs'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Meter } from '@/ui/meter'

interface Props {
  template: Template
  form: DeployForm
  review: DeployReview
}

export function ReviewSummary({ template, form, review }: Props) {
  const me = useMe()
  const wallet = useQuery(account(form.accountId)).data
  const fields = fieldsOf(template.version.inputSchema)
  const own = fields.filter(field => review.inputs[field.name] !== field.default)
  return (
    <>
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title="What will run">
          <Facts
            facts={[
              ['Name', form.name || `${template.name} ${form.symbol}`],
              ['EA', `${template.name} ${template.version.version}`],
              ['Symbol', form.symbol],
              ['Account', wallet ? `${wallet.label} (${wallet.login})` : '…'],
              ['Equity', wallet ? money(wallet.equity, wallet.currency) : '…'],
              ['Limits', `${review.cpu} CPU, ${review.memoryMb} MB memory`],
            ]}
          />
        </Card>
        <Card title="Inputs" hint={own.length === 0 ? 'all at their defaults' : `${own.length} of your own`}>
          <Facts
            facts={(own.length > 0 ? own : fields.slice(0, 6)).map(
              field => [field.title, inputText(field, review.inputs[field.name] ?? field.default)] as const,
            )}
          />
        </Card>
      </div>
      <Card title={`After this, of your ${me.plan.name} plan`}>
        <div className="grid gap-5 sm:grid-cols-2">
          <Meter label="Active EAs" used={review.active.used + 1} limit={review.active.limit} />
          <Meter label="EA instances" used={review.instances.used + 1} limit={review.instances.limit} />
        </div>
      </Card>
      <Callout tone="warn" title="Risk">
        {template.riskNote}
      </Callout>
    </>
  )
}
