import { useId, useMemo, useState, type KeyboardEvent, type PointerEvent } from "react";
import { count, percent } from "../format/units";
import { placed, textBox } from "./labels";
import { Legend, Swatch } from "./Legend";
import { marker, type Style } from "./marker";
import { binaryTicks, logScale, padded } from "./scale";
import { useWidth } from "./useWidth";

export interface SharePoint {
  readonly x: number;
  /** From 0 to 1. */
  readonly share: number;
  /** Drawn hollow with an arrow: x is where it begins, not where it ends. */
  readonly grows: boolean;
  /** What the reader is told of the point beside its figures. */
  readonly notes: readonly string[];
}

export interface ShareSeries {
  readonly key: string;
  readonly label: string;
  readonly group: string;
  readonly style: Style;
  readonly points: readonly SharePoint[];
}

/** A level that the points are held against. */
export interface ShareRule {
  readonly share: number;
  readonly text: string;
}

interface ShareProps {
  readonly title: string;
  readonly series: readonly ShareSeries[];
  /** The upper one is drawn dashed, the lower one dotted. */
  readonly upper: ShareRule | undefined;
  readonly lower: ShareRule | undefined;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly height: number;
  readonly only: string | undefined;
  onOnly(key: string | undefined): void;
}

interface At {
  readonly series: number;
  readonly point: number;
}

const MARGIN = { top: 26, right: 24, bottom: 44, left: 52 };
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const REACH = 30;

/** Shares against amounts, which are logarithmic; the points of a series are joined, and names stand beside their best points where there is room. */
export function SharePlot(props: ShareProps) {
  const { title, series, upper, lower, xLabel, yLabel, height, only, onOnly } = props;
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const [at, setAt] = useState<At | undefined>();
  const name = useId();
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const y = (share: number) => bottom - share * (bottom - MARGIN.top);
  const x = useMemo(() => {
    const xs = series.flatMap((s) => s.points.map((p) => p.x));
    const [x0, x1] = xs.length === 0 ? [1, 2] : padded(xs, 0.06);
    return logScale(x0, x1, MARGIN.left, width - MARGIN.right);
  }, [series, width]);
  if (series.every((s) => s.points.length === 0)) return <p className="quiet plot-empty">There is nothing to plot: no figure was measured.</p>;

  const all = series.flatMap((s, i) => s.points.map((p, j) => ({ series: i, point: j, grows: p.grows, x: x.at(p.x), y: y(p.share) })));
  const rules = [
    { rule: upper, x: MARGIN.left + 4, anchor: "start" as const, dash: "7 4" },
    { rule: lower, x: right, anchor: "end" as const, dash: "2 4" },
  ].flatMap(({ rule, ...how }) => (rule ? [{ ...rule, ...how, y: y(rule.share) }] : []));
  const best = series.flatMap((s) => s.points.toSorted((a, b) => b.share - a.share || a.x - b.x).slice(0, 1).map((p) => ({ text: s.label, share: p.share, x: x.at(p.x), y: y(p.share) })));
  const labels = placed(
    best.toSorted((a, b) => b.share - a.share),
    all.flatMap((p) => (p.grows ? [p, { ...p, x: p.x + 12 }] : [p])),
    rules.flatMap((rule) => [textBox(rule.text, rule.x, rule.y - 6, rule.anchor), { left: MARGIN.left, right, top: rule.y - 1, bottom: rule.y + 1 }]),
    { left: MARGIN.left, top: 0, right: width, bottom: bottom - 1 },
  );
  const near = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const close = all.map((p) => ({ ...p, distance: Math.hypot(p.x - px, p.y - py) })).filter((p) => p.distance < REACH);
    setAt(close.toSorted((a, b) => a.distance - b.distance)[0]);
  };
  const shown = at && series[at.series]?.points[at.point];
  return (
    <figure className="plot" aria-labelledby={name}>
      <figcaption id={name} className="plot-title">
        {title}
      </figcaption>
      <div className="plot-area" ref={ref}>
        <svg width={width} height={height} role="group" aria-label={`${title}: ${yLabel} against ${xLabel}, which is logarithmic`} onPointerMove={near} onPointerLeave={() => setAt(undefined)}>
          <g className="plot-axes" aria-hidden="true">
            {SHARES.map((share) => (
              <g key={share}>
                <line className="plot-grid" x1={MARGIN.left} x2={right} y1={y(share)} y2={y(share)} />
                <text className="plot-tick" x={MARGIN.left - 8} y={y(share)} dy="0.32em" textAnchor="end">
                  {100 * share} %
                </text>
              </g>
            ))}
            {binaryTicks(x.min, x.max).map((mark) => (
              <g key={mark}>
                <line className="plot-mark" x1={x.at(mark)} x2={x.at(mark)} y1={bottom} y2={bottom + 5} />
                <text className="plot-tick" x={x.at(mark)} y={bottom + 18} textAnchor="middle">
                  {count(mark)}
                </text>
              </g>
            ))}
            <line className="plot-base" x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} />
            <text className="plot-label" x={right} y={height - 6} textAnchor="end">
              {xLabel}
            </text>
            <text className="plot-label" x={2} y={height - 6}>
              ↑ {yLabel}
            </text>
            {rules.map((rule) => (
              <g key={rule.text}>
                <line className="plot-rule" x1={MARGIN.left} x2={right} y1={rule.y} y2={rule.y} strokeDasharray={rule.dash} />
                <text className="plot-name" x={rule.x} y={rule.y - 6} textAnchor={rule.anchor}>
                  {rule.text}
                </text>
              </g>
            ))}
            {labels.map((label) => (
              <text key={label.text} className="plot-name" x={label.x} y={label.y} textAnchor={label.anchor}>
                {label.text}
              </text>
            ))}
          </g>
          {series.map((s, i) => (
            <Series key={s.key} series={s} at={(p) => [x.at(p.x), y(p.share)]} active={at?.series === i ? at.point : undefined} faded={only !== undefined && only !== s.key} onMove={(point) => setAt(point === undefined ? undefined : { series: i, point })} />
          ))}
        </svg>
        {shown && at && <Tip series={series[at.series]!} point={shown} left={x.at(shown.x)} top={y(shown.share)} width={width} />}
      </div>
      <Legend entries={series} only={only} onOnly={onOnly} />
    </figure>
  );
}

function told(point: SharePoint): string {
  return `${percent(point.share)} with ${count(point.x)}${point.grows ? ", which grows" : ""}`;
}

interface SeriesProps {
  readonly series: ShareSeries;
  readonly active: number | undefined;
  readonly faded: boolean;
  at(point: SharePoint): [number, number];
  onMove(point: number | undefined): void;
}

function Series({ series: { label, style, points }, at, active, faded, onMove }: SeriesProps) {
  if (points.length === 0) return null;
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onMove(Math.min(points.length - 1, Math.max(0, (active ?? -step) + step)));
  };
  return (
    <g className="plot-line" tabIndex={0} role="img" aria-label={`${label}. ${points.map(told).join("; ")}`} opacity={faded ? 0.18 : 1} color={style.colour} onKeyDown={keys} onFocus={(event) => event.currentTarget.matches(":focus-visible") && onMove(points.length - 1)} onBlur={() => onMove(undefined)}>
      <polyline className="plot-measured" points={points.map((p) => at(p).join(",")).join(" ")} />
      {points.map((point, i) => {
        const [x, y] = at(point);
        return (
          <g key={i} transform={`translate(${x} ${y}) scale(${active === i ? 1.5 : 1})`}>
            {point.grows && <path className="plot-arrow" d="M7 0H17M13.5 -3.5L17 0L13.5 3.5" />}
            <path className={point.grows ? "plot-point hollow" : "plot-point"} d={marker(style.mark)} />
          </g>
        );
      })}
    </g>
  );
}

function Tip({ series, point, left, top, width }: { series: ShareSeries; point: SharePoint; left: number; top: number; width: number }) {
  return (
    <div className="plot-tip" role="status" style={{ top: Math.max(0, top - 30), ...(left > width / 2 ? { right: width - left + 12 } : { left: left + 12 }) }}>
      <span className="plot-tip-name">
        <Swatch style={series.style} /> {series.label}
      </span>
      <span className="tabular">{told(point)}</span>
      {point.notes.map((note) => (
        <span key={note} className="quiet">
          {note}
        </span>
      ))}
    </div>
  );
}
