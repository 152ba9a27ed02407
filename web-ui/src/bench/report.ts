import type { BenchmarkReport, BenchmarkResult } from "../api/types";
import { shortTitle } from "../format/units";
import { powerLaw, withExponent, type Point, type PowerLaw } from "../plot/fit";

/** The lengths of one implementation of one plugin, as one line of a plot. */
export interface Series {
  readonly key: string;
  readonly id: string;
  readonly implementation: string;
  readonly label: string;
  readonly rows: readonly BenchmarkResult[];
}

export type Quantity = "time" | "memory";

export type Titles = ReadonlyMap<string, string>;

export function nameOf(id: string, titles: Titles): string {
  const title = titles.get(id);
  return title === undefined ? id : shortTitle(title, id);
}

/** Groups a report's rows into series, in the order in which the report first names them. */
export function seriesOf(report: BenchmarkReport, titles: Titles): Series[] {
  const groups = new Map<string, BenchmarkResult[]>();
  for (const row of report.results) {
    const key = `${row.id}|${row.implementation}`;
    const rows = groups.get(key);
    if (rows) rows.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, rows]) => {
    const { id, implementation } = rows[0]!;
    const name = nameOf(id, titles);
    const label = implementation === "layerzoo" ? name : `${name} (${implementation})`;
    return { key, id, implementation, label, rows: rows.toSorted((a, b) => a.length - b.length) };
  });
}

export function figure(row: BenchmarkResult, quantity: Quantity): number | undefined {
  if (row.refused) return undefined;
  return (quantity === "time" ? row.medianMs : row.peakBytes) ?? undefined;
}

export function points(series: Series, quantity: Quantity): Point[] {
  return series.rows.flatMap((row) => {
    const y = figure(row, quantity);
    return y !== undefined && y > 0 ? [{ x: row.length, y }] : [];
  });
}

/** The registry's fitted exponent where the report has one, else a fit of what is shown. */
export function lawOf(series: Series, report: BenchmarkReport, quantity: Quantity): PowerLaw | undefined {
  const shown = points(series, quantity);
  const fit = report.fits.find((f) => f.id === series.id && f.implementation === series.implementation);
  const exponent = quantity === "time" ? fit?.timeExponent : fit?.memoryExponent;
  return typeof exponent === "number" ? withExponent(shown, exponent) : powerLaw(shown);
}

/** The one sentence that answers a comparison. */
export interface Answer {
  readonly length: number;
  readonly winner: Series;
  readonly baseline: Series;
  readonly factor: number;
  /** The length from which the winner is ahead of the baseline for good, where it was not from the start. */
  readonly crossover: number | undefined;
}

const SOFTMAX = "flash-attention-2";

/**
 * The fastest mechanism at the greatest length that was measured for softmax attention and another one, against softmax
 * attention; without softmax attention among them, or where it is itself the fastest, against the slowest.
 */
export function answerOf(series: readonly Series[]): Answer | undefined {
  const ours = series.filter((s) => s.implementation === "layerzoo");
  const lengths = [...new Set(ours.flatMap((s) => points(s, "time").map((p) => p.x)))].toSorted((a, b) => b - a);
  const softmax = ours.find((s) => s.id === SOFTMAX);
  // Lengths at which softmax attention has a figure come first: a baseline that everybody knows makes the better sentence.
  const known = lengths.filter((length) => softmax !== undefined && at(softmax, length) !== undefined);
  for (const length of [...known, ...lengths]) {
    const ranked = ours
      .flatMap((s) => {
        const ms = at(s, length);
        return ms === undefined ? [] : [{ s, ms }];
      })
      .toSorted((a, b) => a.ms - b.ms);
    if (ranked.length < 2) continue;
    const winner = ranked[0]!;
    const base = ranked.find((r) => r.s === softmax);
    const baseline = base && base !== winner ? base : ranked.at(-1)!;
    return {
      length,
      winner: winner.s,
      baseline: baseline.s,
      factor: baseline.ms / winner.ms,
      crossover: crossover(winner.s, baseline.s),
    };
  }
  return undefined;
}

function at(series: Series, length: number): number | undefined {
  return points(series, "time").find((p) => p.x === length)?.y;
}

function crossover(winner: Series, baseline: Series): number | undefined {
  const common = points(winner, "time").flatMap((p) => {
    const other = at(baseline, p.x);
    return other === undefined ? [] : [{ length: p.x, ahead: p.y < other }];
  });
  const lastBehind = common.findLastIndex((c) => !c.ahead);
  return lastBehind < 0 ? undefined : common[lastBehind + 1]?.length;
}
