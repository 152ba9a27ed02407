import { expect, test } from "vitest";
import { portions, QUESTION_DEFAULTS, readQuestion, writeQuestion, type Question } from "./question";

const FULL: Question = { length: 8192, dim: 256, heads: 4, pass: "decode", causal: true, backend: "reference", jobs: ["a1", "b2"] };

test("an address restores the whole question and what it waits for", () => {
  expect(readQuestion(new URLSearchParams(writeQuestion(FULL).toString()))).toEqual(FULL);
});

test("the address of the defaults names the length alone", () => {
  expect(writeQuestion(QUESTION_DEFAULTS).toString()).toBe("length=4096");
});

test("nonsense in an address falls back to the defaults", () => {
  expect(readQuestion(new URLSearchParams("length=-1&dim=1.5&heads=x&pass=sideways&causal=perhaps&jobs=,"))).toEqual(QUESTION_DEFAULTS);
});

test("many mechanisms are measured in portions, none twice and none left out", () => {
  const ids = Array.from({ length: 19 }, (_, i) => `m${i}`);
  expect(portions(ids).map((portion) => portion.length)).toEqual([8, 8, 3]);
  expect(portions(ids).flat()).toEqual(ids);
  expect(portions([])).toEqual([]);
});
