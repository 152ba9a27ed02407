import type { BenchmarkReport } from "../api/types";
import type { PlotLine } from "../plot/LogLogPlot";
import { lawOf, points, type Quantity, type Series } from "./report";

/** A report's series as lines of a plot. Series without a figure keep their place, so that a colour means the same in every plot. */
export function linesOf(series: readonly Series[], report: BenchmarkReport, quantity: Quantity): PlotLine[] {
  return series.map((s) => ({
    key: s.key,
    label: s.label,
    points: points(s, quantity),
    law: lawOf(s, report, quantity),
    dashed: s.implementation !== "layerzoo",
  }));
}
