import {
  ColorType,
  CrosshairMode,
  createChart,
  type DeepPartial,
  type IChartApi,
  LineStyle,
  TickMarkType,
  type Time,
  type TimeChartOptions,
} from 'lightweight-charts'
import { type RefObject, useEffect, useState, useSyncExternalStore } from 'react'
import { dayShort, hourMinute, timeOfDay } from '@/format/time'

const NAMES = ['surface', 'line', 'line-strong', 'ink', 'faint', 'accent', 'profit', 'loss', 'muted'] as const
const SERIES = 8
/** The theme's colours by name, and `series` for curves that stand side by side. */
export type ChartColours = Record<(typeof NAMES)[number], string> & { series: readonly string[] }

/** The theme's colours as the canvas needs them, read anew when the theme changes. */
export function useChartColours(): ChartColours {
  const theme = useSyncExternalStore(watchTheme, () => document.documentElement.dataset.theme ?? 'dark')
  const [read, setRead] = useState(() => ({ theme, colours: readColours() }))
  if (read.theme === theme) return read.colours
  const next = { theme, colours: readColours() }
  setRead(next)
  return next.colours
}

/**
 * A chart that fills its box, lives as long as the component, and follows the theme.
 * `free`: how many points' width stays empty at the right; of a curve of few points it would be half.
 */
export function useChart(
  box: RefObject<HTMLDivElement | null>,
  colours: ChartColours,
  free = 4,
): IChartApi | null {
  const [chart, setChart] = useState<IChartApi | null>(null)
  useEffect(() => {
    if (!box.current) return
    const made = createChart(box.current, { autoSize: true })
    setChart(made)
    return () => {
      setChart(null)
      // After the cleanups of what was drawn on it, which would fail on a chart that is gone.
      queueMicrotask(() => made.remove())
    }
  }, [box])
  useEffect(() => chart?.applyOptions(look(colours, free)), [chart, colours, free])
  return chart
}

function look(colours: ChartColours, free: number): DeepPartial<TimeChartOptions> {
  const cross = {
    color: colours.faint,
    labelBackgroundColor: colours['line-strong'],
    style: LineStyle.Dotted,
  }
  return {
    layout: {
      background: { type: ColorType.Solid, color: 'transparent' },
      textColor: colours.faint,
      fontFamily: "'Inter Variable', sans-serif",
      fontSize: 11,
      // The link that the library's licence asks for stands in the settings.
      attributionLogo: false,
      panes: {
        separatorColor: colours.line,
        separatorHoverColor: colours['line-strong'],
        enableResize: false,
      },
    },
    grid: {
      vertLines: { visible: false },
      horzLines: { color: colours.line, style: LineStyle.Solid },
    },
    crosshair: { mode: CrosshairMode.Normal, vertLine: cross, horzLine: cross },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: { top: 0.12, bottom: 0.08 },
    },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: false,
      // Years of bars fit a phone: they are drawn over each other rather than cut off.
      minBarSpacing: 0.05,
      rightOffset: free,
      tickMarkFormatter: tickMark,
    },
    localization: { timeFormatter: (time: Time) => `${dayShort(dateOf(time))} ${timeOfDay(dateOf(time))}` },
    handleScale: { axisPressedMouseMove: { time: true, price: true } },
  }
}

/** The library thinks in UTC; the reader reads their own time. */
function tickMark(time: Time, kind: TickMarkType): string {
  const at = dateOf(time)
  if (kind === TickMarkType.Year) return String(at.getFullYear())
  return kind === TickMarkType.Time || kind === TickMarkType.TimeWithSeconds ? hourMinute(at) : dayShort(at)
}

function dateOf(time: Time): Date {
  return new Date(Number(time) * 1000)
}

function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}

function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim() || '#888888'
  const series = Array.from({ length: SERIES }, (_, index) => read(`series-${index + 1}`))
  const named = Object.fromEntries(NAMES.map(name => [name, read(name)])) as Record<
    (typeof NAMES)[number],
    string
  >
  return { ...named, series }
}
