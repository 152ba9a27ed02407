import { expect, test } from "vitest";
import { ago, bytes, count, duration, exponent, rate, shortTitle, significant, tick, times, words } from "./units";

test.each([
  [0.000001234, "1.23 ns"],
  [0.0421, "42.1 µs"],
  [1, "1.00 ms"],
  [345.2, "345 ms"],
  [61000, "61.0 s"],
  [600000, "10.0 min"],
])("%d ms is written as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.00 KiB"],
  [3.5 * 1024 ** 3, "3.50 GiB"],
])("%d bytes are written as %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

test("long numbers are grouped, four digits are not", () => {
  expect(count(4096)).toBe("4096");
  expect(count(1234567)).toBe("1\u202f234\u202f567");
});

test("very small and very large numbers get an exponent with a real minus", () => {
  expect(significant(2.4e-7, 2)).toBe("2.4e\u22127");
  expect(significant(1.5e9)).toBe("1.50e9");
  expect(significant(Number.NaN)).toBe("–");
});

test("ticks carry no digits that say nothing", () => {
  expect(["10.0 ms", "1.00 GiB", "1.50 s", "100 ms", "500 µs"].map(tick)).toEqual(["10 ms", "1 GiB", "1.5 s", "100 ms", "500 µs"]);
});

test("rates, factors and slopes are short", () => {
  expect(rate(1431000)).toBe("1.43 M");
  expect(rate(312)).toBe("312");
  expect(times(3.14159)).toBe("3.1");
  expect(times(41.6)).toBe("42");
  expect(exponent(-0.5)).toBe("\u22120.50");
});

test("times past are told in words", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(ago("2026-11-22T11:59:58Z", now)).toBe("just now");
  expect(ago("2026-11-22T11:57:00Z", now)).toBe("3 minutes ago");
  expect(ago("2026-11-21T12:00:00Z", now)).toBe("yesterday");
});

test("slugs become words and titles names", () => {
  expect(words("recurrent-and-ssm")).toBe("Recurrent and SSM");
  expect(shortTitle("Mamba: Linear-Time Sequence Modeling", "mamba")).toBe("Mamba");
  expect(shortTitle("Dilated Neighborhood Attention Transformer", "dinat")).toBe("dinat");
});
