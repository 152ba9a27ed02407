import type { BenchmarkResult } from "../api/types";

/** A column that the result table sorts by; the name stands in the address, with a minus for descending. */
export const COLUMNS = ["label", "length", "medianMs", "p95Ms", "tokensPerSecond", "peakBytes", "gflops", "relError"] as const;
export type Column = (typeof COLUMNS)[number];

export interface LabelledRow {
  readonly label: string;
  readonly colour: number;
  readonly row: BenchmarkResult;
}

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

export function readOrder(text: string): Order {
  const descending = text.startsWith("-");
  const name = descending ? text.slice(1) : text;
  return { column: COLUMNS.find((column) => column === name) ?? "length", descending };
}

/** The order after a click on a column: ascending first, then the other way round. */
export function nextOrder(order: Order, column: Column): string {
  return order.column === column && !order.descending ? `-${column}` : column;
}

/** Sorts rows; those without a figure in the column come last either way. */
export function sorted(rows: readonly LabelledRow[], { column, descending }: Order): LabelledRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (column === "label") return sign * a.label.localeCompare(b.label, "en") || a.row.length - b.row.length;
    const x = a.row[column] ?? undefined;
    const y = b.row[column] ?? undefined;
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1;
    return sign * (x - y) || a.label.localeCompare(b.label, "en");
  });
}
