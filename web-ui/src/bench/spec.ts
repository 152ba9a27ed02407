import { COMPARE_DEFAULTS, readCompare, type CompareState } from "./query";

/** The comparison that a stored job's specification describes; what it leaves out or says wrongly is the default. */
export function ofSpec(spec: Readonly<Record<string, unknown>>): CompareState {
  const query = new URLSearchParams();
  const ids = Array.isArray(spec.plugins) ? spec.plugins.map((plugin: { id?: unknown }) => String(plugin?.id ?? "")) : [];
  query.set("plugins", ids.join(","));
  if (Array.isArray(spec.lengths)) query.set("lengths", spec.lengths.join(","));
  for (const key of ["pass", "unit", "backend", "dtype", "dim", "heads", "batch"] as const) {
    if (spec[key] !== undefined && spec[key] !== null) query.set(key, String(spec[key]));
  }
  return { ...COMPARE_DEFAULTS, ...readCompare(query) };
}
