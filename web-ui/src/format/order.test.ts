import { expect, test } from "vitest";
import { isNone, orderTex } from "./order";

test.each([
  ["B T E N", "O(B\\,T\\,E\\,N)"],
  ["T E (D + N)", "O(T\\,E\\,(D + N))"],
  ["T^2 d", "O(T^2\\,d)"],
  ["N log N", "O(N\\,\\log\\,N)"],
  ["(L - alpha) N^2", "O((L - \\alpha)\\,N^2)"],
  ["O(1)", "O(1)"],
])("%s is typeset as %s", (text, tex) => {
  expect(orderTex(text)).toBe(tex);
});

test("words stay words", () => {
  expect(orderTex("one head per layer")).toBeUndefined();
  expect(orderTex("T × d")).toBeUndefined();
});

test("nothing is told apart from a constant", () => {
  expect(["", "0", "none"].every(isNone)).toBe(true);
  expect(isNone("1")).toBe(false);
});
