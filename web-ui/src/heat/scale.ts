export type HeatScale = "linear" | "log";

/** Decades that a logarithmic scale spans below the greatest value. */
export const DECADES = 4;

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The range of the sizes of a matrix's finite entries. */
export function extent(rows: readonly (readonly number[])[]): Extent {
  let min = Infinity;
  let max = 0;
  for (const row of rows) {
    for (const value of row) {
      const size = Math.abs(value);
      if (!Number.isFinite(size)) continue;
      if (size < min) min = size;
      if (size > max) max = size;
    }
  }
  return { min: Number.isFinite(min) ? min : 0, max };
}

/** Where a value stands between nothing (0) and the greatest value (1). */
export function share(value: number, { max }: Extent, scale: HeatScale): number {
  const size = Math.abs(value);
  if (max === 0 || size === 0) return 0;
  if (!Number.isFinite(size)) return 1;
  if (scale === "linear") return size / max;
  return Math.max(0, 1 + Math.log10(size / max) / DECADES);
}
