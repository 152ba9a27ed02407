import { decimalTicks, logScale } from "./scale";

export interface BarScale {
  readonly logarithmic: boolean;
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From this ratio of the longest to the shortest bar on, the shortest would be a mere line. */
const WIDE = 60;
const TICK_ROOM = 64;

/** An axis for bars from pixel `from` to `to`: from zero, or logarithmic from half the least value where the values are far apart. */
export function barScale(values: readonly number[], uppers: readonly number[], from: number, to: number): BarScale {
  const least = Math.min(...values);
  const most = Math.max(...values, ...uppers);
  const room = Math.max(2, Math.floor((to - from) / TICK_ROOM));
  if (Math.max(...values) / least > WIDE) {
    const scale = logScale(least / 2, most, from, to);
    return { logarithmic: true, ticks: few(decimalTicks(least / 2, most), room), at: scale.at };
  }
  const step = round(most / room);
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { logarithmic: false, ticks, at: (value) => from + (value / most) * (to - from) };
}

/** The next of 1, 2 and 5 times a power of ten. */
function round(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((factor) => factor * power >= step) ?? 10) * power;
}

function few(ticks: readonly number[], room: number): number[] {
  const every = Math.ceil(ticks.length / room);
  return ticks.filter((_, i) => i % every === 0);
}
