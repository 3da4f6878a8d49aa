import { Activity } from 'lucide-react'
import { useMemo } from 'react'
import type { MachineDetail, MachineSample } from '@/api/machines'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'

/** Processor, memory and disk of the last two days. */
export function LoadCurves({ found }: { found: MachineDetail }) {
  const { samples, memoryMb, diskMb } = found
  const curves = useMemo(
    () => [
      { title: 'Processor', colour: 0, dots: dotsOf(samples, one => one.cpuPercent) },
      { title: 'Memory in use', colour: 1, dots: dotsOf(samples, one => part(one.memoryUsedMb, memoryMb)) },
      {
        title: 'Disk in use',
        colour: 2,
        dots: dotsOf(samples, one => {
          const free = part(one.diskFreeMb, diskMb)
          return free === null ? null : 100 - free
        }),
      },
    ],
    [samples, memoryMb, diskMb],
  )
  return (
    <Card title="Load" hint="The highest of every five minutes, of the last 48 hours">
      {samples.length < 2 ? (
        <EmptyState icon={Activity} title="No curve yet" className="py-6">
          Its first two points are there ten minutes after the first report.
        </EmptyState>
      ) : (
        <div className="grid gap-4 md:grid-cols-3">
          {curves.map(curve => (
            <Curve key={curve.title} {...curve} />
          ))}
        </div>
      )}
    </Card>
  )
}

type Dots = { time: number; value: number }[]

function Curve({ title, colour, dots }: { title: string; colour: number; dots: Dots }) {
  const lines = useMemo(() => [{ key: title, colour, dots }], [title, colour, dots])
  const last = dots.at(-1)
  return (
    <figure className="min-w-0 rounded-lg border border-line">
      <figcaption className="flex justify-between gap-3 px-3 py-2 text-muted text-xs">
        {title}
        <span className="num text-ink">{last ? asPercent(last.value) : '—'}</span>
      </figcaption>
      {last ? (
        <LinesChart lines={lines} format={asPercent} label={`${title} over time`} className="h-40" />
      ) : (
        <p className="grid h-40 place-items-center text-faint text-xs">The agent does not say.</p>
      )}
    </figure>
  )
}

const part = (value: number | null, whole: number | null): number | null =>
  value === null || !whole ? null : (value / whole) * 100

const asPercent = (value: number): string => `${value.toFixed(0)} %`

function dotsOf(samples: readonly MachineSample[], of: (one: MachineSample) => number | null): Dots {
  return samples.flatMap(one => {
    const value = of(one)
    return value === null ? [] : [{ time: Math.floor(Date.parse(one.at) / 1000), value }]
  })
}
