import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { accounts, instance, templates } from '@/api/queries'
import type { InstanceDetail, Template } from '@/api/records'
import { type Prefill, readPrefill } from '@/components/backtest/links'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

/** What a form is about, and what stands in it at first. */
export interface About {
  template: Template
  inputSchema: Record<string, unknown>
  prefill: Prefill
  instanceId: string | null
}

/** An EA of the catalogue, or an instance of one, as the URL says; the form is the children's. */
export function AskedFor({ children }: { children: (about: About) => ReactNode }) {
  const { params } = useUrlState()
  const id = params.get('instance')
  return id ? <OfInstance id={id}>{children}</OfInstance> : <OfTemplate>{children}</OfTemplate>
}

interface Props {
  children: (about: About) => ReactNode
}

function OfTemplate({ children }: Props) {
  const { params, change } = useUrlState()
  const query = useQuery(templates())
  return (
    <Loaded query={query}>
      {rows => {
        const template = rows.find(row => row.slug === params.get('template')) ?? rows[0]
        if (!template)
          return <Callout tone="warn">No EA is on offer here yet. Ask who runs the installation.</Callout>
        return (
          <div className="space-y-5">
            <Card bodyClassName="p-5">
              <Field label="EA" hint={template.summary}>
                {control => (
                  <Select
                    {...control}
                    value={template.slug}
                    onChange={event => change({ template: event.target.value })}
                  >
                    {rows.map(row => (
                      <option key={row.slug} value={row.slug}>
                        {row.name} {row.version.version}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            </Card>
            {children({
              template,
              inputSchema: template.version.inputSchema,
              prefill: readPrefill(params),
              instanceId: null,
            })}
          </div>
        )
      }}
    </Loaded>
  )
}

function OfInstance({ id, children }: Props & { id: string }) {
  const { params } = useUrlState()
  const found = useQuery(instance(id))
  const rows = useQuery(templates())
  const wallets = useQuery(accounts())
  return (
    <Loaded query={found}>
      {row => (
        <Loaded query={rows}>
          {all => (
            <Loaded query={wallets}>
              {known => {
                const template = all.find(one => one.slug === row.templateSlug)
                if (!template) {
                  return (
                    <Callout tone="warn">
                      {row.templateName} is not on offer any more, so it is not tested.
                    </Callout>
                  )
                }
                const account = known.find(one => one.id === row.accountId)
                return (
                  <div className="space-y-5">
                    <Callout>
                      Prefilled from{' '}
                      <Link to={`/instances/${row.id}`} className="font-medium text-ink hover:underline">
                        {row.name}
                      </Link>
                      : its version {row.version}, inputs, symbol and account.
                    </Callout>
                    {children({
                      template,
                      inputSchema: row.inputSchema,
                      prefill: prefilled(row, readPrefill(params), account),
                      instanceId: row.id,
                    })}
                  </div>
                )
              }}
            </Loaded>
          )}
        </Loaded>
      )}
    </Loaded>
  )
}

interface AccountTerms {
  currency: string
  leverage: number | null
  balance: number | null
}

/** What the instance has, unless the URL says something else. */
function prefilled(row: InstanceDetail, said: Prefill, account: AccountTerms | undefined): Prefill {
  const own = Object.entries(row.inputs).map(([name, value]) => [name, String(value)])
  return {
    setup: {
      symbol: row.symbol,
      ...(account && { currency: account.currency }),
      ...(account?.leverage && { leverage: String(account.leverage) }),
      ...(account?.balance && { deposit: account.balance.toFixed(2) }),
      ...said.setup,
    },
    inputs: { ...Object.fromEntries(own), ...said.inputs },
  }
}
