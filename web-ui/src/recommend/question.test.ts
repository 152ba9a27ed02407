import { expect, test } from "vitest";
import { QUESTION_DEFAULTS, readQuestion, writeQuestion, type Question } from "./question";

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
