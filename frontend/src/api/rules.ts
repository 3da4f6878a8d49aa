import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Rule = Schemas['Rule']
export type RuleKind = Schemas['RuleKind']
export type RuleForm = Schemas['WatchRuleForm']
export type RuleAction = Rule['actions'][number]
export type Scope = Rule['scope']
export type ScopeChoice = Schemas['ScopeChoice']

const RARELY = 60_000

export const ruleKinds = () =>
  queryOptions({
    queryKey: ['rule-kinds'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/rule-kinds', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const rules = () =>
  queryOptions({
    queryKey: ['rules', 'list'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/rules', { signal })),
    // The stream does not say how near a limit an account is.
    refetchInterval: 15_000,
  })

export const suggestedRules = () =>
  queryOptions({
    queryKey: ['rules', 'suggested'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/rules/suggested', { signal })),
  })

/** What a rule or a maintenance window may be about. */
export const scopeChoices = () =>
  queryOptions({
    queryKey: ['scopes'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/scopes', { signal })),
    staleTime: RARELY,
  })

const of = (id: string) => ({ params: { path: { rule_id: id } } })

export const addRule = (body: Schemas['NewWatchRuleForm']) => take(client.POST('/api/alerts/rules', { body }))
export const addSuggestedRules = () => take(client.POST('/api/alerts/rules/suggested', {}))
export const changeRule = (id: string, body: RuleForm) =>
  take(client.PUT('/api/alerts/rules/{rule_id}', { ...of(id), body }))
export const switchRule = (id: string, isEnabled: boolean) =>
  take(client.POST('/api/alerts/rules/{rule_id}/switch', { ...of(id), body: { isEnabled } }))
export const muteRule = (id: string, until: Date | null) =>
  take(
    client.POST('/api/alerts/rules/{rule_id}/mute', {
      ...of(id),
      body: { until: until?.toISOString() ?? null },
    }),
  )
export const removeRule = (id: string) => take(client.DELETE('/api/alerts/rules/{rule_id}', of(id)))

/** A verb after which the rules, and what they have open, are asked anew. */
export function useRuleVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ['rules'] }),
        cache.invalidateQueries({ queryKey: ['incidents'] }),
      ]),
  })
}
