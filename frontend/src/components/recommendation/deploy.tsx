import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { accounts } from '@/api/queries'
import { type Recommendation, useDeployToPaper } from '@/api/recommendations'
import { Failure } from '@/components/failure'
import { nameOf, worked } from '@/components/recommendation/words'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Facts } from '@/ui/facts'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

/** To a paper account and nowhere else; the hub refuses every other one, too. */
export function DeployToPaper({ row }: { row: Recommendation }) {
  const [isOpen, setOpen] = useState(false)
  const reason = whyNot(canTenant('deploy', null, useMe()))
  return (
    <>
      {reason ? (
        <Button disabledReason={reason}>
          <Rocket /> Deploy to paper
        </Button>
      ) : (
        <Button variant={row.verdict === 'supported' ? 'primary' : 'secondary'} onClick={() => setOpen(true)}>
          <Rocket /> Deploy to paper
        </Button>
      )}
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Deploy ${nameOf(row)} to paper`}
        description="With the inputs that were judged. Real money is a decision of its own, on the Deploy page."
      >
        <PaperForm row={row} />
      </Dialog>
    </>
  )
}

function PaperForm({ row }: { row: Recommendation }) {
  const query = useQuery(accounts())
  const deploy = useDeployToPaper()
  const navigate = useNavigate()
  const paper = query.data?.filter(account => account.platform === 'paper') ?? []
  const [chosen, setChosen] = useState('')
  const accountId = chosen || paper[0]?.id
  if (query.data && paper.length === 0)
    return (
      <Callout tone="warn" title="You have no paper account">
        <Link to="/accounts" className="underline">
          Open one
        </Link>
        , it takes a minute and costs nothing.
      </Callout>
    )
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (accountId)
          deploy.mutate(
            { id: row.id, accountId },
            { onSuccess: made => void navigate(`/instances/${made.instanceId}`) },
          )
      }}
    >
      <Field label="Paper account">
        {control => (
          <Select {...control} value={accountId ?? ''} onChange={event => setChosen(event.target.value)}>
            {paper.map(account => (
              <option key={account.id} value={account.id}>
                {account.label} · {account.login}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Facts
        className="mt-4"
        facts={row.shownInputs
          .filter(one => one.isChanged)
          .map(one => [one.title, `${worked(one.value)} ${one.unit}`])}
      />
      {row.verdict !== 'supported' && (
        <Callout tone="warn" className="mt-4">
          {row.verdict === 'thin' ? 'The evidence is not enough' : 'The evidence speaks against it'}: on paper
          that costs nothing but a place of your plan.
        </Callout>
      )}
      {deploy.error && <Failure error={deploy.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" isBusy={deploy.isPending} disabled={!accountId}>
          <Rocket /> Deploy to paper
        </Button>
      </DialogActions>
    </form>
  )
}
