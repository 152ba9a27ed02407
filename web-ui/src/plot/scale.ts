/** A logarithmic axis from `min` to `max`, mapped to `from`..`to` pixels. */
export interface LogScale {
  readonly min: number;
  readonly max: number;
  at(value: number): number;
}

export function logScale(min: number, max: number, from: number, to: number): LogScale {
  const low = Math.log(min);
  const span = Math.log(max) - low;
  return { min, max, at: (value) => from + ((Math.log(value) - low) / span) * (to - from) };
}

/** The values' range with a margin (a share of its logarithmic span); a single value gets a factor of two on both sides. */
export function padded(values: readonly number[], margin: number): [number, number] {
  const min = Math.min(...values);
  const max = Math.max(...values);
  if (min === max) return [min / 2, max * 2];
  const pad = Math.exp(Math.log(max / min) * margin);
  return [min / pad, max * pad];
}

/** Tick marks of a decimal axis: 1, 10, 100, and 2 and 5 between them where few decades are in sight. */
export function decimalTicks(min: number, max: number): number[] {
  const decades = Math.log10(max / min);
  const steps = decades < 1 ? [1, 2, 3, 5, 7] : decades < 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
    for (const step of steps) {
      // Through text, because 3 * 10 ** -1 is not 0.3.
      const tick = Number(`${step}e${e}`);
      if (tick >= min && tick <= max) ticks.push(tick);
    }
  }
  return thin(ticks, 8);
}

/** Tick marks of a binary axis: powers of two, every second or third one where there are many. */
export function binaryTicks(min: number, max: number): number[] {
  const first = Math.ceil(Math.log2(min));
  const last = Math.floor(Math.log2(max));
  const step = Math.max(1, Math.ceil((last - first + 1) / 6));
  const ticks: number[] = [];
  for (let e = Math.ceil(first / step) * step; e <= last; e += step) ticks.push(2 ** e);
  return ticks;
}

function thin(ticks: number[], limit: number): number[] {
  const every = Math.ceil(ticks.length / limit);
  return ticks.filter((_, i) => i % every === 0);
}
