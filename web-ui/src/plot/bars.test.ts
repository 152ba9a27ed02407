import { expect, test } from "vitest";
import { barScale } from "./bars";

test("near values stand on an axis from zero, so that lengths compare as the values do", () => {
  const scale = barScale([2, 4, 10], [2, 4, 12], 100, 700);
  expect(scale.logarithmic).toBe(false);
  expect(scale.at(0)).toBe(100);
  expect(scale.at(4) - 100).toBeCloseTo(2 * (scale.at(2) - 100));
  expect(scale.at(12)).toBe(700);
  expect(scale.ticks).toEqual([0, 2, 4, 6, 8, 10, 12]);
});

test("values far apart stand on a logarithmic axis on which the least still has a length", () => {
  const scale = barScale([0.5, 900], [0.5, 1000], 0, 600);
  expect(scale.logarithmic).toBe(true);
  expect(scale.at(0.5)).toBeGreaterThan(20);
  expect(scale.at(1000)).toBeCloseTo(600);
  expect(scale.ticks).toContain(10);
});

test("a narrow axis has few ticks, and a single value an axis of its own", () => {
  expect(barScale([3, 7], [3, 7], 0, 130).ticks).toEqual([0, 5]);
  expect(barScale([3], [3], 0, 300).at(3)).toBe(300);
});
