/** What the service counted of one model since it was started. */
export interface ModelMetrics {
  /** Requests by how they ended: ok, bad-input, rejected, ... */
  readonly outcomes: readonly (readonly [string, number])[];
  readonly requests: number;
  /** Mean time of a request, in milliseconds. */
  readonly meanMs: number | undefined;
  /** Mean number of rows that were computed together. */
  readonly rows: number | undefined;
  /** Requests that wait now. */
  readonly waiting: number | undefined;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function samples(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const match = line.startsWith("#") ? null : LINE.exec(line);
    if (!match) return [];
    const labels = Object.fromEntries([...(match[2] ?? "").matchAll(LABEL)].map(([, name, value]) => [name!, value!.replace(/\\(.)/g, "$1")]));
    return [{ name: match[1]!, labels, value: Number(match[3]) }];
  });
}

/** Reads the figures of a model from the text form of Prometheus. */
export function metricsOf(model: string, text: string): ModelMetrics {
  const own = samples(text).filter((sample) => sample.labels.model === model);
  const sum = (name: string) => {
    const found = own.filter((sample) => sample.name === name);
    return found.length === 0 ? undefined : found.reduce((all, sample) => all + sample.value, 0);
  };
  const mean = (name: string) => {
    const number = sum(`${name}_count`);
    const total = sum(`${name}_sum`);
    return number && total !== undefined ? total / number : undefined;
  };
  const outcomes = own
    .filter((sample) => sample.name === "zoo_serving_requests_seconds_count")
    .map((sample) => [sample.labels.outcome ?? "", sample.value] as const)
    .toSorted((a, b) => b[1] - a[1]);
  const seconds = mean("zoo_serving_requests_seconds");
  return {
    outcomes,
    requests: outcomes.reduce((all, [, value]) => all + value, 0),
    meanMs: seconds === undefined ? undefined : seconds * 1000,
    rows: mean("zoo_serving_batch_rows"),
    waiting: sum("zoo_serving_queue"),
  };
}
