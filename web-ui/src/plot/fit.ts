export interface Point {
  readonly x: number;
  readonly y: number;
}

/** y = factor * x^exponent, fitted by least squares on the logarithms. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
  readonly r2: number;
}

/** The power law through positive points; undefined where fewer than two different x are left. */
export function powerLaw(points: readonly Point[]): PowerLaw | undefined {
  const logs = points.filter((p) => p.x > 0 && p.y > 0).map((p) => ({ x: Math.log(p.x), y: Math.log(p.y) }));
  if (new Set(logs.map((p) => p.x)).size < 2) return undefined;
  const meanX = mean(logs.map((p) => p.x));
  const meanY = mean(logs.map((p) => p.y));
  const sxx = sum(logs.map((p) => (p.x - meanX) ** 2));
  const sxy = sum(logs.map((p) => (p.x - meanX) * (p.y - meanY)));
  const syy = sum(logs.map((p) => (p.y - meanY) ** 2));
  const exponent = sxy / sxx;
  return { exponent, factor: Math.exp(meanY - exponent * meanX), r2: syy === 0 ? 1 : (sxy * sxy) / (sxx * syy) };
}

/** The line of a given exponent that lies closest to the points in the logarithms. */
export function withExponent(points: readonly Point[], exponent: number): PowerLaw | undefined {
  const logs = points.filter((p) => p.x > 0 && p.y > 0).map((p) => Math.log(p.y) - exponent * Math.log(p.x));
  return logs.length === 0 ? undefined : { exponent, factor: Math.exp(mean(logs)), r2: Number.NaN };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
