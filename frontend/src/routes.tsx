import type { ComponentType } from 'react'
import { createBrowserRouter, type LoaderFunctionArgs } from 'react-router'
import { board, boardStart } from '@/api/board'
import { cache } from '@/api/cache'
import { fleetWindow, overview, session } from '@/api/queries'
import { ErrorScreen } from '@/components/error-screen'
import { readChoice } from '@/components/fleet/sorting'
import { Shell } from '@/components/shell'
import { ShellSkeleton } from '@/components/shell-skeleton'

/** Each page is a chunk of its own: the chart library loads only where a chart is. */
function lazy(load: () => Promise<{ default: ComponentType }>) {
  return async () => ({ Component: (await load()).default })
}

/** Asked for while the page's code is on its way: the list is what a desk opens first, and the longest wait. */
function askForFleet({ request }: LoaderFunctionArgs): null {
  void cache.prefetchQuery(session())
  void cache.prefetchQuery(fleetWindow(readChoice(new URL(request.url).searchParams), 0))
  void cache.prefetchQuery(overview())
  return null
}

/** The first rows; all of them, the longest answer that a screen waits for, are asked for once those are here. */
function askForBoard(): null {
  void cache.prefetchQuery(session())
  void cache.prefetchQuery(boardStart()).then(() => cache.prefetchQuery(board()))
  return null
}

export const router = createBrowserRouter([
  {
    errorElement: <ErrorScreen />,
    HydrateFallback: ShellSkeleton,
    children: [
      { path: '/sign-in', lazy: lazy(() => import('@/pages/sign-in')) },
      { path: '/sign-up', lazy: lazy(() => import('@/pages/sign-up')) },
      { path: '/forgot-password', lazy: lazy(() => import('@/pages/forgot-password')) },
      { path: '/invitation/:token', lazy: lazy(() => import('@/pages/invitation.token')) },
      { path: '/share/:key', lazy: lazy(() => import('@/pages/share.key')) },
      { path: '/status/:key', lazy: lazy(() => import('@/pages/status.key')) },
      {
        element: <Shell />,
        children: [
          {
            errorElement: <ErrorScreen />,
            children: [
              { path: '/', loader: askForFleet, lazy: lazy(() => import('@/pages/fleet')) },
              { path: '/board', loader: askForBoard, lazy: lazy(() => import('@/pages/board')) },
              { path: '/machines', lazy: lazy(() => import('@/pages/machines')) },
              { path: '/machines/:id', lazy: lazy(() => import('@/pages/machines.id')) },
              { path: '/exposure', lazy: lazy(() => import('@/pages/exposure')) },
              { path: '/markets', lazy: lazy(() => import('@/pages/markets')) },
              { path: '/markets/:symbol', lazy: lazy(() => import('@/pages/markets.symbol')) },
              { path: '/accounts', lazy: lazy(() => import('@/pages/accounts')) },
              { path: '/accounts/:id', lazy: lazy(() => import('@/pages/accounts.id')) },
              { path: '/catalogue', lazy: lazy(() => import('@/pages/catalogue')) },
              { path: '/catalogue/:slug', lazy: lazy(() => import('@/pages/catalogue.slug')) },
              { path: '/backtests', lazy: lazy(() => import('@/pages/backtests')) },
              { path: '/backtests/new', lazy: lazy(() => import('@/pages/backtests.new')) },
              { path: '/backtests/compare', lazy: lazy(() => import('@/pages/backtests.compare')) },
              { path: '/backtests/:id', lazy: lazy(() => import('@/pages/backtests.id')) },
              { path: '/models', lazy: lazy(() => import('@/pages/models')) },
              { path: '/models/:id', lazy: lazy(() => import('@/pages/models.id')) },
              { path: '/signals', lazy: lazy(() => import('@/pages/signals')) },
              { path: '/recommendations', lazy: lazy(() => import('@/pages/recommendations')) },
              { path: '/optimisations', lazy: lazy(() => import('@/pages/optimisations')) },
              { path: '/optimisations/new', lazy: lazy(() => import('@/pages/optimisations.new')) },
              { path: '/optimisations/:id', lazy: lazy(() => import('@/pages/optimisations.id')) },
              { path: '/deploy', lazy: lazy(() => import('@/pages/deploy')) },
              { path: '/instances/:id', lazy: lazy(() => import('@/pages/instances.id')) },
              {
                path: '/journal',
                lazy: lazy(() => import('@/pages/journal')),
                children: [
                  { index: true, lazy: lazy(() => import('@/pages/journal.trades')) },
                  { path: 'statistics', lazy: lazy(() => import('@/pages/journal.statistics')) },
                  { path: 'calendar', lazy: lazy(() => import('@/pages/journal.calendar')) },
                  { path: 'compare', lazy: lazy(() => import('@/pages/journal.compare')) },
                  { path: 'cash-flows', lazy: lazy(() => import('@/pages/journal.cash-flows')) },
                ],
              },
              { path: '/journal/trades/:id', lazy: lazy(() => import('@/pages/journal.trades.id')) },
              {
                path: '/alerts',
                lazy: lazy(() => import('@/pages/alerts')),
                children: [
                  { index: true, lazy: lazy(() => import('@/pages/alerts.incidents')) },
                  { path: 'rules', lazy: lazy(() => import('@/pages/alerts.rules')) },
                  { path: 'maintenance', lazy: lazy(() => import('@/pages/alerts.maintenance')) },
                  { path: 'programmes', lazy: lazy(() => import('@/pages/alerts.programmes')) },
                  { path: 'channels', lazy: lazy(() => import('@/pages/alerts.channels')) },
                  { path: 'status', lazy: lazy(() => import('@/pages/alerts.status')) },
                ],
              },
              { path: '/alerts/incidents/:id', lazy: lazy(() => import('@/pages/alerts.incidents.id')) },
              { path: '/commands', lazy: lazy(() => import('@/pages/commands')) },
              { path: '/imports', lazy: lazy(() => import('@/pages/imports')) },
              { path: '/imports/:id', lazy: lazy(() => import('@/pages/imports.id')) },
              { path: '/failed-items', lazy: lazy(() => import('@/pages/failed-items')) },
              { path: '/kill-switch', lazy: lazy(() => import('@/pages/kill-switch')) },
              { path: '/operator/kill-switch', lazy: lazy(() => import('@/pages/operator.kill-switch')) },
              { path: '/operator/eas/:id', lazy: lazy(() => import('@/pages/operator.eas.id')) },
              { path: '/activity', lazy: lazy(() => import('@/pages/activity')) },
              { path: '/plans', lazy: lazy(() => import('@/pages/plans')) },
              {
                path: '/operator',
                lazy: lazy(() => import('@/pages/operator')),
                children: [
                  { index: true, lazy: lazy(() => import('@/pages/operator.overview')) },
                  { path: 'instances', lazy: lazy(() => import('@/pages/operator.instances')) },
                  { path: 'hosts', lazy: lazy(() => import('@/pages/operator.hosts')) },
                  { path: 'eas', lazy: lazy(() => import('@/pages/operator.eas')) },
                  { path: 'rollouts', lazy: lazy(() => import('@/pages/operator.rollouts')) },
                  { path: 'rollouts/:id', lazy: lazy(() => import('@/pages/operator.rollouts.id')) },
                  { path: 'scaling', lazy: lazy(() => import('@/pages/operator.scaling')) },
                  { path: 'costs', lazy: lazy(() => import('@/pages/operator.costs')) },
                  { path: 'objectives', lazy: lazy(() => import('@/pages/operator.objectives')) },
                  { path: 'tasks', lazy: lazy(() => import('@/pages/operator.tasks')) },
                  { path: 'customers', lazy: lazy(() => import('@/pages/operator.customers')) },
                  { path: 'audit', lazy: lazy(() => import('@/pages/operator.audit')) },
                ],
              },
              { path: '/settings', lazy: lazy(() => import('@/pages/settings')) },
              { path: '/settings/people', lazy: lazy(() => import('@/pages/settings.people')) },
              { path: '/settings/keys', lazy: lazy(() => import('@/pages/settings.keys')) },
              { path: '/settings/security', lazy: lazy(() => import('@/pages/settings.security')) },
              { path: '*', lazy: lazy(() => import('@/pages/not-found')) },
            ],
          },
        ],
      },
    ],
  },
])
