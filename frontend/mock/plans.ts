import type { Billing, Customer, PlanOffer } from '../src/api/billing-queries.ts'
import { TEMPLATES } from './catalogue.ts'
import { Refusal } from './refusal.ts'
import type { Handler } from './routes.ts'
import { iso, PLANS, type World } from './world.ts'

const SHARES = [
  ['Small', 1],
  ['Medium', 1.5],
  ['Large', 2],
] as const
const DAY = 24 * 3_600_000

/** Plans as a desk sees them that pays by a card; nothing leaves this machine. */
export const PLAN_ROUTES: Record<string, Handler> = {
  'GET /billing': ({ world }) => billing(world),
  'POST /billing/checkout': () => {
    throw new Refusal(409, 'The mock sells nothing. Start the hub with a payment provider to see its page.')
  },
  'POST /billing/portal': () => ({ url: '/plans' }),
  'GET /operator/tenants': ({ world, query }) => customers(world, query.get('q') ?? ''),
}

function billing(world: World): Billing {
  return {
    plan: world.me.plan.code,
    status: world.me.email.startsWith('late') ? 'past_due' : 'active',
    provider: 'manual',
    isCharged: false,
    canManage: false,
    periodEndsAt: null,
    cancelsAt: null,
    offers: PLANS.map((plan, rank) => offer(world, plan, rank)),
  }
}

function offer(world: World, plan: (typeof PLANS)[number], rank: number): PlanOffer {
  const [resourceClass, factor] = SHARES[rank] ?? SHARES[0]
  const active = world.instances.filter(row => row.desiredState !== 'stopped')
  return {
    ...plan,
    resourceClass,
    cpuFactor: factor,
    memoryFactor: factor,
    shares: TEMPLATES.map(row => ({ template: row.name, cpu: 0.25 * factor, memoryMb: 256 * factor })),
    templates: TEMPLATES.map(row => row.name),
    isSold: true,
    pauses: active.slice(plan.activeLimit).map(row => ({
      instanceId: row.id,
      name: row.name,
      reason: `The ${plan.name} plan allows ${plan.activeLimit} active EA`,
    })),
  }
}

function customers(world: World, q: string): Customer[] {
  const own: Customer = {
    id: world.me.tenantId,
    name: world.me.tenantName,
    createdAt: iso(40 * DAY),
    plan: world.me.plan.code,
    status: 'active',
    provider: 'manual',
    periodEndsAt: null,
    instances: world.me.instances.used,
    active: world.me.active.used,
  }
  const late: Customer = {
    ...own,
    id: '11111111-1111-4111-8111-111111111111',
    name: 'Late Payers',
    provider: 'stripe',
    status: 'past_due',
  }
  return [own, late].filter(row => row.name.toLowerCase().includes(q.toLowerCase()))
}
