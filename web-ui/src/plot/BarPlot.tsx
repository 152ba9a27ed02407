import { useId } from "react";
import { tick } from "../format/units";
import { barScale } from "./bars";
import { useWidth } from "./useWidth";

export interface Bar {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  /** The end of a thin line beyond the bar. */
  readonly upper: number | undefined;
  /** What is written at the bar's end. */
  readonly note: string;
}

interface BarPlotProps {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly axis: string;
  format(value: number): string;
}

const AXIS = 42;
const LETTER = 6.9;
const NARROW = 560;
const GUTTER = 236;

/** Horizontal bars, in the order given; the first one stands out. The logarithm is taken where lengths would differ too much, and said. */
export function BarPlot({ title, bars, axis, format }: BarPlotProps) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const name = useId();
  // In a narrow window a name stands above its bar.
  const stacked = width < NARROW;
  const row = stacked ? 42 : 26;
  const longest = Math.max(...bars.map((bar) => bar.label.length));
  const left = stacked ? 2 : Math.min(GUTTER, Math.ceil(longest * LETTER) + 12);
  const right = width - Math.ceil(Math.max(...bars.map((bar) => bar.note.length)) * LETTER) - 14;
  const bottom = bars.length * row;
  const x = barScale(bars.map((bar) => bar.value), bars.map((bar) => bar.upper ?? bar.value), left, right);
  const letters = Math.floor((stacked ? width - 8 : left - 8) / LETTER);
  return (
    <figure className="plot" aria-labelledby={name}>
      <figcaption id={name} className="plot-title">
        {title}
      </figcaption>
      <div className="plot-area" ref={ref}>
        <svg width={width} height={bottom + AXIS} role="img" aria-label={`${title}. ${bars.map((bar) => `${bar.label}: ${bar.note}`).join("; ")}`}>
          {x.ticks.map((mark, i) => (
            <g key={mark}>
              <line className="plot-grid" x1={x.at(mark)} x2={x.at(mark)} y1={0} y2={bottom} />
              <text className="plot-tick" x={x.at(mark)} y={bottom + 16} textAnchor={stacked && i === 0 ? "start" : "middle"}>
                {tick(format(mark))}
              </text>
            </g>
          ))}
          {bars.map((bar, i) => {
            const middle = i * row + (stacked ? 29 : 13);
            const end = Math.max(x.at(bar.value), left + 1);
            const tip = Math.max(end, bar.upper === undefined ? end : x.at(bar.upper));
            return (
              <g key={bar.key} className="bar" data-first={i === 0 || undefined}>
                <text className="bar-label" x={stacked ? left + 5 : left - 8} y={stacked ? i * row + 13 : middle} dy={stacked ? undefined : "0.34em"} textAnchor={stacked ? "start" : "end"}>
                  {bar.label.length > letters ? `${bar.label.slice(0, letters - 1)}…` : bar.label}
                </text>
                <rect className="bar-body" x={left} y={middle - 7} width={end - left} height={14} rx={2} />
                {tip > end && <line className="bar-upper" x1={end} x2={tip} y1={middle} y2={middle} />}
                <text className="bar-note" x={tip + 7} y={middle} dy="0.34em">
                  {bar.note}
                </text>
              </g>
            );
          })}
          <line className="plot-base" x1={left} x2={left} y1={0} y2={bottom} />
          <text className="plot-label" x={left} y={bottom + AXIS - 6}>
            {axis}
            {x.logarithmic ? ", logarithmic" : ""} →
          </text>
        </svg>
      </div>
    </figure>
  );
}
