import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { DeployForm, Template } from '@/api/records'
import { reviewDeploy } from '@/api/verbs'
import type { Choices } from '@/components/deploy/choices'
import { draftOf, fieldsOf, valuesOf } from '@/forms/inputs'

/** What has been chosen, as the hub takes it. */
export function orderOf(template: Template, choices: Choices): DeployForm {
  const fields = fieldsOf(template.version.inputSchema)
  return {
    templateId: template.id,
    accountId: choices.account,
    symbol: choices.symbol,
    name: choices.name.trim(),
    inputs: valuesOf(fields, draftOf(fields, choices.inputs)),
  }
}

/** The hub's judgement of an order. Asked anew each time: another deploy may have taken the last place. */
export const reviewOf = (order: DeployForm) =>
  queryOptions({
    queryKey: ['review', order],
    queryFn: () => reviewDeploy(order),
    placeholderData: keepPreviousData,
    staleTime: 2_000,
  })
