import { expect, test } from "vitest";
import type { Json, Schema } from "./schema";
import { validate } from "./validate";

const SCHEMA: Schema = {
  type: "object",
  required: ["dim", "name"],
  properties: {
    dim: { type: "integer", minimum: 1, maximum: 64, multipleOf: 8 },
    rate: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    name: { type: "string", minLength: 1, pattern: "^[a-z]+$" },
    mode: { enum: ["a", "b"] },
    rank: { type: ["integer", "null"], minimum: 1 },
    tiles: { type: "array", items: { type: "integer", minimum: 8 }, minItems: 2, maxItems: 3 },
    scan: {
      oneOf: [
        { type: "object", properties: { form: { const: "r" } } },
        { type: "object", properties: { form: { const: "c" }, chunk: { type: "integer", minimum: 1 } } },
      ],
    },
  },
};
const GOOD = { dim: 16, rate: 0.5, name: "x", mode: "a", rank: null, tiles: [8, 16], scan: { form: "c", chunk: 4 } };

test("a value that keeps all rules has no issues", () => {
  expect(validate(SCHEMA, GOOD)).toEqual([]);
});

test.each<[string, Json, string]>([
  ["dim", 0, "at least 1, given 0"],
  ["dim", 72, "at most 64, given 72"],
  ["dim", 12, "multiple of 8, given 12"],
  ["dim", 1.5, "a whole number, given 1.5"],
  ["dim", "abc", "a whole number, given “abc”"],
  ["dim", "", "a whole number, given nothing"],
  ["rate", 0, "more than 0, given 0"],
  ["rate", 1, "less than 1, given 1"],
  ["name", "", "a text, given none"],
  ["name", "X1", "of the form ^[a-z]+$"],
  ["mode", "z", "one of “a”, “b”, given “z”"],
  ["rank", 0, "at least 1, given 0"],
  ["tiles", [8], "at least 2 entries, given 1"],
  ["tiles", [8, 8, 8, 8], "at most 3 entries, given 4"],
])("%s = %j is refused with what was expected and given", (key, value, message) => {
  const issues = validate(SCHEMA, { ...GOOD, [key]: value });
  expect(issues.map((issue) => issue.path)).toContain(key);
  expect(issues.map((issue) => issue.message).join(" ")).toContain(message);
});

test("issues inside lists and alternatives carry their path", () => {
  const issues = validate(SCHEMA, { ...GOOD, tiles: [8, 4], scan: { form: "c", chunk: 0 } });
  expect(issues.map((issue) => issue.path)).toEqual(["tiles.1", "scan.chunk"]);
});

test("all issues are reported, not only the first", () => {
  expect(validate(SCHEMA, { rate: 5 }).map((issue) => issue.path)).toEqual(["dim", "name", "rate"]);
});
