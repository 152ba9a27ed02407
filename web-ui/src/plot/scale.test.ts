import { describe, expect, test } from "vitest";
import { binaryTicks, decimalTicks, logScale, padded } from "./scale";

test("equal factors are equally far apart on a logarithmic axis", () => {
  const x = logScale(1, 10000, 0, 400);
  expect([1, 10, 100, 1000, 10000].map((v) => Math.round(x.at(v)))).toEqual([0, 100, 200, 300, 400]);
});

test("an axis that runs upwards has its least value at the bottom", () => {
  const y = logScale(1, 100, 300, 0);
  expect(y.at(1)).toBe(300);
  expect(y.at(100)).toBe(0);
});

test("a single value still makes a range", () => {
  expect(padded([8], 0.1)).toEqual([4, 16]);
});

describe("decimal ticks", () => {
  test("few decades get ticks between the powers of ten", () => {
    expect(decimalTicks(0.1, 5)).toEqual([0.1, 0.2, 0.5, 1, 2, 5]);
  });
  test("many decades get powers of ten only", () => {
    expect(decimalTicks(0.001, 1000)).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
  });
  test("less than one decade still has several ticks", () => {
    expect(decimalTicks(21, 75)).toEqual([30, 50, 70]);
  });
});

test("binary ticks are powers of two, thinned where there are many", () => {
  expect(binaryTicks(1000, 9000)).toEqual([1024, 2048, 4096, 8192]);
  const many = binaryTicks(2 ** 10, 2 ** 34);
  expect(many.length).toBeLessThanOrEqual(7);
  expect(many.every((tick) => Number.isInteger(Math.log2(tick)))).toBe(true);
});
