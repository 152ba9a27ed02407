import { describe, expect, test } from "vitest";
import { colourMap, STEPS, toRgb } from "./colormap";
import { extent, share } from "./scale";

function luminance(table: Uint8Array, step: number): number {
  const [r, g, b] = [0, 1, 2].map((i) => {
    const c = table[3 * step + i]! / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

describe.each(["light", "dark"] as const)("the %s colour map", (theme) => {
  const table = colourMap(theme);
  test("goes steadily away from the page, so that a larger number stands out more", () => {
    const sign = theme === "light" ? -1 : 1;
    for (let step = 1; step < STEPS; step++) {
      expect(sign * (luminance(table, step) - luminance(table, step - 1))).toBeGreaterThan(-2e-3);
    }
    const ends = [luminance(table, 0), luminance(table, STEPS - 1)];
    expect((Math.max(...ends) + 0.05) / (Math.min(...ends) + 0.05)).toBeGreaterThan(12);
  });
});

test("OKLCH white and black are white and black", () => {
  expect(toRgb([1, 0, 0])).toEqual([255, 255, 255]);
  expect(toRgb([0, 0, 0])).toEqual([0, 0, 0]);
});

test("sizes are what is drawn: signs do not matter, infinities do not stretch the scale", () => {
  expect(extent([[-3, 1], [0, Infinity]])).toEqual({ min: 0, max: 3 });
  expect(extent([])).toEqual({ min: 0, max: 0 });
});

test("the logarithmic scale spans four decades below the greatest value", () => {
  const range = { min: 0, max: 100 };
  expect(share(100, range, "log")).toBe(1);
  expect(share(1, range, "log")).toBeCloseTo(0.5, 10);
  expect(share(0.001, range, "log")).toBe(0);
  expect(share(-50, range, "linear")).toBe(0.5);
  expect(share(5, { min: 0, max: 0 }, "linear")).toBe(0);
});
