import { useMemo, useState } from 'react'
import type { Dimension, InputValue, SearchReport } from '@/api/search-report'
import { linesOf, type TryLine } from '@/components/optimisation/tries'
import { figure } from '@/components/optimisation/words'
import { Card } from '@/ui/card'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'
import { Segmented } from '@/ui/segmented'
import { Surface } from '@/ui/surface'

export interface Cell {
  x: InputValue
  y: InputValue
  /** The best of all tries with these two, whatever their other inputs. */
  value: number | null
  line: TryLine | null
}

type Look = 'map' | 'surface'

/** Two inputs against each other: where it is good, and whether it is good around there. */
export function MapCard({ report }: { report: SearchReport }) {
  const lines = useMemo(() => linesOf(report), [report])
  const [xName, setX] = useState(report.dimensions[0]?.name ?? '')
  const [yName, setY] = useState(report.dimensions[1]?.name ?? report.dimensions[0]?.name ?? '')
  const [look, setLook] = useState<Look>('map')
  const x = report.dimensions.find(one => one.name === xName)
  const y = report.dimensions.find(one => one.name === yName)
  const cells = useMemo(
    () => (x && y ? cellsOf(lines, x, y, report.criterion.isLessBetter) : []),
    [lines, x, y, report],
  )
  if (!x || !y || report.dimensions.length < 2) return null
  const choose = (name: string, isX: boolean) => {
    // Never the same on both sides.
    if (isX) {
      if (name === yName) setY(xName)
      setX(name)
    } else {
      if (name === xName) setX(yName)
      setY(name)
    }
  }
  return (
    <Card
      title="Where it is good"
      hint={`${report.criterion.title}; the best of all tries with these two inputs`}
      actions={
        <Segmented<Look>
          label="Look"
          value={look}
          onChange={setLook}
          options={[
            { value: 'map', label: 'Map' },
            { value: 'surface', label: 'Surface' },
          ]}
        />
      }
    >
      {report.dimensions.length > 2 && (
        <div className="mb-4 grid grid-cols-2 gap-3 sm:max-w-md">
          <Axis label="Across" value={xName} all={report.dimensions} onChoose={name => choose(name, true)} />
          <Axis
            label="Upwards"
            value={yName}
            all={report.dimensions}
            onChoose={name => choose(name, false)}
          />
        </div>
      )}
      {look === 'map' ? (
        <HeatMap x={x} y={y} cells={cells} isLessBetter={report.criterion.isLessBetter} />
      ) : (
        <Surface
          label={`${report.criterion.title} over ${x.title} and ${y.title}`}
          xTitle={x.title}
          yTitle={y.title}
          xs={x.values.map(String)}
          ys={y.values.map(String)}
          heights={cells.map(row => row.map(cell => cell.value))}
          format={figure}
        />
      )}
    </Card>
  )
}

interface AxisProps {
  label: string
  value: string
  all: readonly Dimension[]
  onChoose: (name: string) => void
}

function Axis({ label, value, all, onChoose }: AxisProps) {
  return (
    <Field label={label}>
      {control => (
        <Select {...control} value={value} onChange={event => onChoose(event.target.value)}>
          {all.map(one => (
            <option key={one.name} value={one.name}>
              {one.title}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** Rows from the lowest y up, each from the lowest x on. */
export function cellsOf(
  lines: readonly TryLine[],
  x: Dimension,
  y: Dimension,
  isLessBetter: boolean,
): Cell[][] {
  const best = new Map<string, TryLine>()
  const key = (line: TryLine) => `${line.inputs[x.name]}\n${line.inputs[y.name]}`
  for (const line of lines) {
    if (line.value === null) continue
    const known = best.get(key(line))?.value
    if (known == null || (isLessBetter ? line.value < known : line.value > known)) best.set(key(line), line)
  }
  return y.values.map(b =>
    x.values.map(a => {
      const line = best.get(`${a}\n${b}`) ?? null
      return { x: a, y: b, value: line?.value ?? null, line }
    }),
  )
}

interface MapProps {
  x: Dimension
  y: Dimension
  cells: readonly (readonly Cell[])[]
  isLessBetter: boolean
}

/** Few enough that a number fits into each cell. */
const MOST_TEXTS = 12

function HeatMap({ x, y, cells, isLessBetter }: MapProps) {
  const values = cells.flat().flatMap(cell => (cell.value === null ? [] : [cell.value]))
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const share = (value: number) => {
    const part = high > low ? (value - low) / (high - low) : 1
    return isLessBetter ? 1 - part : part
  }
  const best = isLessBetter ? low : high
  return (
    <div className="overflow-x-auto">
      <table
        aria-label={`${x.title} across, ${y.title} upwards`}
        className="num border-separate border-spacing-0.5 text-xs"
      >
        <tbody>
          {[...cells].reverse().map(row => (
            <tr key={String(row[0]?.y)}>
              <th scope="row" className="pr-2 text-right font-normal text-faint">
                {String(row[0]?.y)}
              </th>
              {row.map(cell => (
                <td
                  key={String(cell.x)}
                  title={`${x.title} ${cell.x}, ${y.title} ${cell.y}: ${cell.value === null ? 'no value' : figure(cell.value)}`}
                  style={cell.value === null ? {} : { backgroundColor: colour(share(cell.value)) }}
                  className={`h-8 min-w-9 rounded px-1.5 text-center ${
                    cell.value === null ? 'bg-canvas/60 text-faint' : 'text-ink'
                  } ${cell.value === best ? 'ring-2 ring-ink ring-inset' : ''}`}
                >
                  {row.length <= MOST_TEXTS ? figure(cell.value) : ''}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="col" className="pt-1 pr-2 text-right font-normal text-faint">
              {y.title} ↑
            </th>
            {x.values.map(value => (
              <th key={String(value)} scope="col" className="pt-1 font-normal text-faint">
                {String(value)}
              </th>
            ))}
          </tr>
        </tbody>
      </table>
      <p className="mt-1 pl-2 text-faint text-xs">{x.title} →</p>
    </div>
  )
}

const colour = (share: number): string =>
  `color-mix(in srgb, var(--accent) ${Math.round(8 + share * 62)}%, var(--surface))`
