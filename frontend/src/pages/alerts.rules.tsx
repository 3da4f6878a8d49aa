import { useQuery } from '@tanstack/react-query'
import { Plus, ShieldAlert, Sparkles } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { canWith, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import { addSuggestedRules, rules, suggestedRules, useRuleVerb } from '@/api/rules'
import { RuleRow } from '@/components/alerts/rule-row'
import { actionWords } from '@/components/alerts/rule-words'
import { Loaded } from '@/components/loaded'
import { useMe } from '@/components/session'
import { RuleDialog } from '@/forms/rule-edit'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function RulesPage() {
  const reason = whyNot(canWith('deploy', useMe()))
  const [isAdding, setAdding] = useState(false)
  const query = useQuery(rules())
  return (
    <div className="space-y-5">
      <Card
        title="Rules"
        hint="What is watched, and what happens then. Muting tells nobody; the rule acts all the same."
        bodyClassName="p-0"
        actions={
          <Button variant="primary" size="sm" disabledReason={reason} onClick={() => setAdding(true)}>
            <Plus /> Add a rule
          </Button>
        }
      >
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={ShieldAlert} title="Nothing is watched yet">
                Begin with the suggested rules, or add your own.
              </EmptyState>
            ) : (
              <ul aria-label="Rules" className="divide-y divide-line">
                {rows.map(row => (
                  <RuleRow key={row.id} rule={row} reason={reason} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <Suggested reason={reason} />
      <RuleDialog isOpen={isAdding} onClose={() => setAdding(false)} />
    </div>
  )
}

/** Rules of kinds that this desk has none of; one click makes them all. */
function Suggested({ reason }: { reason: string | undefined }) {
  const found = useQuery(suggestedRules()).data ?? []
  const add = useRuleVerb((_: null) => addSuggestedRules())
  if (found.length === 0) return null
  const many = found.length === 1 ? 'this rule' : `these ${found.length} rules`
  return (
    <Card
      title="Suggested"
      hint="What most desks want. You can change each of them later."
      actions={
        <Button
          size="sm"
          isBusy={add.isPending}
          disabledReason={reason}
          onClick={() =>
            add.mutate(null, {
              onSuccess: made =>
                toast.success(made.length === 1 ? '1 rule is on' : `${made.length} rules are on`),
              onError: error => toast.error(sentenceOf(error)),
            })
          }
        >
          <Sparkles /> Add {many}
        </Button>
      }
    >
      <ul aria-label="Suggested rules" className="space-y-1 text-muted text-sm">
        {found.map(one => (
          <li key={one.name}>
            <span className="font-medium text-ink">{one.name}.</span> {one.sentence}:{' '}
            {actionWords(one.actions)}.
          </li>
        ))}
      </ul>
    </Card>
  )
}
