import { bytes, count, duration, rate, significant } from "../../format/units";
import { nextOrder, readOrder, sorted, type Column, type LabelledRow } from "../../bench/order";
import type { Series } from "../../bench/report";
import { Swatch } from "../../plot/Legend";
import { styleOf } from "../../plot/marker";
import { Scroll } from "../../ui/controls";

const HEADINGS: readonly [Column, string][] = [
  ["label", "Mechanism"],
  ["length", "Length"],
  ["medianMs", "Median"],
  ["p95Ms", "p95"],
  ["tokensPerSecond", "Tokens/s"],
  ["peakBytes", "Peak memory"],
  ["gflops", "GFLOP/s"],
  ["relError", "Rel. error"],
];

/** Every measured cell, refused ones with their reason. */
export function ResultTable({ series, sort, onSort }: { series: readonly Series[]; sort: string; onSort(sort: string): void }) {
  const order = readOrder(sort);
  const rows: LabelledRow[] = series.flatMap((s, colour) => s.rows.map((row) => ({ label: s.label, colour, row })));
  return (
    <Scroll label="Table of measurements">
      <table className="table result-table">
        <thead>
          <tr>
            {HEADINGS.map(([column, name]) => (
              <th key={column} scope="col" className={column === "label" ? undefined : "number"} aria-sort={order.column === column ? (order.descending ? "descending" : "ascending") : undefined}>
                <button type="button" className="sort-button" onClick={() => onSort(nextOrder(order, column))}>
                  {name}
                  <span className="sort-arrow" aria-hidden="true">
                    {order.column === column ? (order.descending ? "↓" : "↑") : ""}
                  </span>
                </button>
              </th>
            ))}
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {sorted(rows, order).map((entry) => (
            <Row key={`${entry.label}-${entry.row.length}`} entry={entry} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ entry: { label, colour, row } }: { entry: LabelledRow }) {
  const head = (
    <>
      <th scope="row">
        <Swatch style={styleOf(colour)} /> {label}
      </th>
      <td className="number tabular">{count(row.length)}</td>
    </>
  );
  if (row.refused) {
    return (
      <tr className="refused">
        {head}
        <td colSpan={7}>
          <span className="refused-mark">refused</span> {row.refused}
        </td>
      </tr>
    );
  }
  return (
    <tr>
      {head}
      <Cell value={row.medianMs} format={duration} strong />
      <Cell value={row.p95Ms} format={duration} />
      <Cell value={row.tokensPerSecond} format={rate} />
      <Cell value={row.peakBytes} format={bytes} />
      <Cell value={row.gflops} format={(v) => significant(v)} />
      <Cell value={row.relError} format={(v) => significant(v, 2)} />
      <td className="notes">{notes(row)}</td>
    </tr>
  );
}

function Cell({ value, format, strong = false }: { value: number | null | undefined; format(value: number): string; strong?: boolean }) {
  return <td className={strong ? "number tabular strong" : "number tabular"}>{typeof value === "number" ? format(value) : "–"}</td>;
}

function notes(row: LabelledRow["row"]): string {
  return [
    typeof row.runs === "number" ? `${row.runs} runs` : "",
    ...(row.fallbacks ?? []).map((fallback) => `fallback ${fallback}`),
    row.ignored && row.ignored.length > 0 ? `ignored: ${row.ignored.join(", ")}` : "",
  ]
    .filter(Boolean)
    .join("; ");
}
