import { useId, useMemo, useState, type KeyboardEvent, type PointerEvent } from "react";
import { count, exponent, tick } from "../format/units";
import type { Point, PowerLaw } from "./fit";
import { Legend, Swatch } from "./Legend";
import { marker, styleOf, type Style } from "./marker";
import { binaryTicks, decimalTicks, logScale, padded, type LogScale } from "./scale";
import { useWidth } from "./useWidth";

export interface PlotLine {
  readonly key: string;
  readonly label: string;
  readonly points: readonly Point[];
  readonly law: PowerLaw | undefined;
  readonly dashed?: boolean;
  /** In place of a colour and a marker of its own. */
  readonly style?: Style;
  readonly group?: string;
}

interface PlotProps {
  readonly title: string;
  readonly lines: readonly PlotLine[];
  readonly yLabel: string;
  readonly yTicks: "decimal" | "binary";
  readonly height: number;
  /** The line that others fade beside, where the page keeps it. */
  readonly only?: string | undefined;
  onOnly?(key: string | undefined): void;
  format(y: number): string;
}

interface At {
  readonly line: number;
  readonly point: number;
}

const MARGIN = { top: 14, right: 16, bottom: 44, left: 62 };
const REACH = 36;

/** A plot with two logarithmic axes, the fitted power laws as lines through the measured points, and a legend with the slopes. */
export function LogLogPlot(props: PlotProps) {
  const { title, lines, yLabel, yTicks, height, format } = props;
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const [at, setAt] = useState<At | undefined>();
  const [pressed, setPressed] = useState<string | undefined>();
  const only = props.onOnly ? props.only : pressed;
  const name = useId();
  const frame = useFrame(lines, width, height);
  if (frame === undefined) return <p className="quiet plot-empty">There is nothing to plot: no figure was measured.</p>;

  const { x, y, xs } = frame;
  const yMarks = yTicks === "binary" ? binaryTicks(y.min, y.max) : decimalTicks(y.min, y.max);
  const near = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(nearest(lines, x, y, event.clientX - box.left, event.clientY - box.top));
  };
  const shown = at && lines[at.line]?.points[at.point];
  return (
    <figure className="plot" aria-labelledby={name}>
      <figcaption id={name} className="plot-title">
        {title}
      </figcaption>
      <div className="plot-area" ref={ref}>
        <svg width={width} height={height} role="group" aria-label={`${title}: ${yLabel} against length, both axes logarithmic`} onPointerMove={near} onPointerLeave={() => setAt(undefined)}>
          <Axes x={x} y={y} xs={xs} yMarks={yMarks} width={width} height={height} yLabel={yLabel} format={format} />
          {lines.map((line, i) => (
            <Line key={line.key} line={line} index={i} x={x} y={y} active={at?.line === i ? at.point : undefined} faded={only !== undefined && only !== line.key} describe={describe(line, format)} onMove={(point) => setAt(point === undefined ? undefined : { line: i, point })} />
          ))}
        </svg>
        {shown && at && <Tip line={lines[at.line]!} index={at.line} point={shown} left={x.at(shown.x)} top={y.at(shown.y)} width={width} format={format} />}
      </div>
      <Legend entries={lines.map((line, i) => ({ ...line, style: styleAt(line, i), note: <Slope law={line.law} /> }))} only={only} onOnly={props.onOnly ?? setPressed} />
    </figure>
  );
}

function useFrame(lines: readonly PlotLine[], width: number, height: number) {
  return useMemo(() => {
    const all = lines.flatMap((line) => line.points);
    if (all.length === 0) return undefined;
    const xs = [...new Set(all.map((p) => p.x))].toSorted((a, b) => a - b);
    const [x0, x1] = padded(xs, 0.04);
    const [y0, y1] = padded(all.map((p) => p.y), 0.08);
    const x = logScale(x0, x1, MARGIN.left, width - MARGIN.right);
    const y = logScale(y0, y1, height - MARGIN.bottom, MARGIN.top);
    return { x, y, xs };
  }, [lines, width, height]);
}

function describe(line: PlotLine, format: (y: number) => string): string {
  const slope = line.law ? `, slope ${exponent(line.law.exponent)}` : "";
  return `${line.label}${slope}. ${line.points.map((p) => `${count(p.x)}: ${format(p.y)}`).join("; ")}`;
}

function nearest(lines: readonly PlotLine[], x: LogScale, y: LogScale, px: number, py: number): At | undefined {
  let best: At | undefined;
  let least = REACH;
  lines.forEach((line, i) =>
    line.points.forEach((point, j) => {
      const distance = Math.hypot(x.at(point.x) - px, y.at(point.y) - py);
      if (distance < least) [least, best] = [distance, { line: i, point: j }];
    }),
  );
  return best;
}

interface AxesProps {
  readonly x: LogScale;
  readonly y: LogScale;
  readonly xs: readonly number[];
  readonly yMarks: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly yLabel: string;
  format(y: number): string;
}

function Axes({ x, y, xs, yMarks, width, height, yLabel, format }: AxesProps) {
  const bottom = height - MARGIN.bottom;
  return (
    <g className="plot-axes" aria-hidden="true">
      {yMarks.map((mark) => (
        <g key={mark}>
          <line className="plot-grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y.at(mark)} y2={y.at(mark)} />
          <text className="plot-tick" x={MARGIN.left - 8} y={y.at(mark)} dy="0.32em" textAnchor="end">
            {tick(format(mark))}
          </text>
        </g>
      ))}
      {apart(xs, x).map((mark) => (
        <g key={mark}>
          <line className="plot-mark" x1={x.at(mark)} x2={x.at(mark)} y1={bottom} y2={bottom + 5} />
          <text className="plot-tick" x={x.at(mark)} y={bottom + 18} textAnchor="middle">
            {count(mark)}
          </text>
        </g>
      ))}
      <line className="plot-base" x1={MARGIN.left} x2={width - MARGIN.right} y1={bottom} y2={bottom} />
      <text className="plot-label" x={width - MARGIN.right} y={height - 6} textAnchor="end">
        length n (tokens)
      </text>
      <text className="plot-label" x={2} y={height - 6}>
        ↑ {yLabel}
      </text>
    </g>
  );
}

/** The measured lengths that can be written without touching one another; the greatest always is. */
function apart(xs: readonly number[], x: LogScale): number[] {
  const kept: number[] = [];
  for (const mark of xs.toReversed()) {
    const previous = kept.at(-1);
    const room = 12 + 3.6 * (count(mark).length + (previous === undefined ? 0 : count(previous).length));
    if (previous === undefined || x.at(previous) - x.at(mark) >= room) kept.push(mark);
  }
  return kept.toReversed();
}

interface LineProps {
  readonly line: PlotLine;
  readonly index: number;
  readonly x: LogScale;
  readonly y: LogScale;
  readonly active: number | undefined;
  readonly faded: boolean;
  readonly describe: string;
  onMove(point: number | undefined): void;
}

function Line({ line, index, x, y, active, faded, describe: text, onMove }: LineProps) {
  const { points, law } = line;
  const first = points[0];
  const last = points.at(-1);
  const style = styleAt(line, index);
  if (!first || !last) return null;
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onMove(Math.min(points.length - 1, Math.max(0, (active ?? -step) + step)));
  };
  return (
    <g className="plot-line" tabIndex={0} role="img" aria-label={text} opacity={faded ? 0.18 : 1} color={style.colour} onKeyDown={keys} onFocus={(event) => event.currentTarget.matches(":focus-visible") && onMove(points.length - 1)} onBlur={() => onMove(undefined)}>
      {law && points.length > 1 && (
        <line className="plot-law" x1={x.at(first.x)} x2={x.at(last.x)} y1={y.at(law.factor * first.x ** law.exponent)} y2={y.at(law.factor * last.x ** law.exponent)} strokeDasharray={line.dashed ? "2 5" : undefined} />
      )}
      <polyline className="plot-measured" points={points.map((p) => `${x.at(p.x)},${y.at(p.y)}`).join(" ")} />
      {points.map((point, i) => (
        <path key={point.x} className="plot-point" d={marker(style.mark)} transform={`translate(${x.at(point.x)} ${y.at(point.y)}) scale(${active === i ? 1.5 : 1})`} />
      ))}
    </g>
  );
}

interface TipProps {
  readonly line: PlotLine;
  readonly index: number;
  readonly point: Point;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  format(y: number): string;
}

function Tip({ line, index, point, left, top, width, format }: TipProps) {
  const right = left > width / 2;
  return (
    <div className="plot-tip" role="status" style={{ top: Math.max(0, top - 30), ...(right ? { right: width - left + 12 } : { left: left + 12 }) }}>
      <span className="plot-tip-name">
        <Swatch style={styleAt(line, index)} /> {line.label}
      </span>
      <span className="tabular">
        {format(point.y)} <span className="quiet">at {count(point.x)}</span>
      </span>
    </div>
  );
}

/** The style of a line, or that of its place. */
function styleAt(line: PlotLine, index: number): Style {
  return line.style ?? styleOf(index);
}

/** A fitted slope as the growth it means. */
export function Slope({ law }: { law: PowerLaw | undefined }) {
  if (law === undefined) return <span className="slope quiet">no slope</span>;
  return (
    <span className="slope tabular" title={`fitted slope ${exponent(law.exponent)}`}>
      n<sup>{exponent(law.exponent)}</sup>
    </span>
  );
}
