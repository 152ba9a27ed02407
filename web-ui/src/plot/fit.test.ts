import { expect, test } from "vitest";
import { powerLaw, withExponent } from "./fit";

test("a power law is recovered exactly from points that lie on it", () => {
  const law = powerLaw([256, 512, 1024, 4096].map((x) => ({ x, y: 3e-4 * x ** 1.7 })))!;
  expect(law.exponent).toBeCloseTo(1.7, 10);
  expect(law.factor).toBeCloseTo(3e-4, 12);
  expect(law.r2).toBeCloseTo(1, 10);
});

test("a fixed cost pulls the slope of short lengths down", () => {
  const law = powerLaw([16, 32, 64, 128].map((x) => ({ x, y: 1 + 1e-3 * x * x })))!;
  expect(law.exponent).toBeGreaterThan(0.5);
  expect(law.exponent).toBeLessThan(1.9);
  expect(law.r2).toBeLessThan(1);
});

test("fewer than two different lengths have no slope", () => {
  expect(powerLaw([])).toBeUndefined();
  expect(powerLaw([{ x: 8, y: 1 }, { x: 8, y: 2 }])).toBeUndefined();
});

test("figures that are not positive are left out, as a logarithm has no place for them", () => {
  const law = powerLaw([{ x: 1, y: 0 }, { x: 2, y: 4 }, { x: 4, y: 16 }])!;
  expect(law.exponent).toBeCloseTo(2, 10);
});

test("a line of a given slope runs through the middle of the points", () => {
  const law = withExponent([{ x: 10, y: 20 }, { x: 100, y: 200 }], 1)!;
  expect(law.factor).toBeCloseTo(2, 10);
  expect(law.exponent).toBe(1);
});
