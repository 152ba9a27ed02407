/** Everything that the comparison page shows, as it stands in the address. */
export interface CompareState {
  readonly plugins: readonly string[];
  readonly lengths: readonly number[];
  readonly pass: "forward" | "backward" | "decode";
  readonly unit: "layer" | "core";
  readonly backend: string;
  readonly dtype: "f32" | "bf16" | "f16" | "f64";
  readonly dim: number;
  readonly heads: number;
  readonly batch: number;
  /** The job whose result is shown. */
  readonly job: string | undefined;
  readonly sort: string;
}

export const PASSES = ["forward", "backward", "decode"] as const;
export const UNITS = ["layer", "core"] as const;
export const DTYPES = ["f32", "bf16", "f16", "f64"] as const;

export const COMPARE_DEFAULTS: CompareState = {
  plugins: [],
  lengths: [256, 1024, 4096],
  pass: "forward",
  unit: "core",
  backend: "auto",
  dtype: "f32",
  dim: 512,
  heads: 8,
  batch: 1,
  job: undefined,
  sort: "length",
};

/** Limits of the registry's BenchmarkRequest. */
export const LIMITS = { plugins: 32, lengths: 32, length: 4194304, dim: 65536, heads: 1024, batch: 4096 } as const;

export function readCompare(query: URLSearchParams): CompareState {
  const d = COMPARE_DEFAULTS;
  return {
    plugins: list(query.get("plugins")),
    lengths: parseLengths(query.get("lengths") ?? "").lengths ?? d.lengths,
    pass: oneOf(PASSES, query.get("pass"), d.pass),
    unit: oneOf(UNITS, query.get("unit"), d.unit),
    backend: query.get("backend") || d.backend,
    dtype: oneOf(DTYPES, query.get("dtype"), d.dtype),
    dim: whole(query.get("dim"), LIMITS.dim, d.dim),
    heads: whole(query.get("heads"), LIMITS.heads, d.heads),
    batch: whole(query.get("batch"), LIMITS.batch, d.batch),
    job: query.get("job") ?? undefined,
    sort: query.get("sort") || d.sort,
  };
}

/** The address of a state: what equals the default is left out, so links stay short. */
export function writeCompare(state: CompareState): URLSearchParams {
  const d = COMPARE_DEFAULTS;
  const query = new URLSearchParams();
  if (state.plugins.length > 0) query.set("plugins", state.plugins.join(","));
  if (state.lengths.join() !== d.lengths.join()) query.set("lengths", state.lengths.join(","));
  for (const key of ["pass", "unit", "backend", "dtype", "dim", "heads", "batch", "sort"] as const) {
    if (state[key] !== d[key]) query.set(key, String(state[key]));
  }
  if (state.job !== undefined) query.set("job", state.job);
  return query;
}

/** Lengths as a reader types them; the message says what is wrong, what is expected and what was given. */
export function parseLengths(text: string): { lengths?: number[]; message?: string } {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  if (parts.length === 0) return { message: "At least one length is needed, such as 256, 1024, 4096." };
  if (parts.length > LIMITS.lengths) return { message: `At most ${LIMITS.lengths} lengths, ${parts.length} were given.` };
  const lengths: number[] = [];
  for (const part of parts) {
    const value = Number(part);
    if (!Number.isInteger(value) || value < 1 || value > LIMITS.length) {
      return { message: `A length is a whole number from 1 to ${LIMITS.length}, not “${part}”.` };
    }
    lengths.push(value);
  }
  return { lengths: [...new Set(lengths)].toSorted((a, b) => a - b) };
}

function list(text: string | null): string[] {
  return [...new Set((text ?? "").split(",").filter((part) => part !== ""))].slice(0, LIMITS.plugins);
}

export function oneOf<T extends string>(choices: readonly T[], text: string | null, fallback: T): T {
  return choices.find((choice) => choice === text) ?? fallback;
}

export function whole(text: string | null, max: number, fallback: number): number {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 1 && value <= max ? value : fallback;
}
