import { describe, expect, test } from "vitest";
import { alternativeName, chosenAlternative, complete, initial, omissible, resolve, type Schema } from "./schema";

const SCAN: Schema = {
  oneOf: [
    { title: "Recurrent", type: "object", required: ["form"], properties: { form: { const: "recurrent" } } },
    { $ref: "#/$defs/Chunked" },
  ],
};
const ROOT: Schema = {
  type: "object",
  required: ["dim", "activation", "rank", "step", "tiles", "scan"],
  properties: {
    seed: { type: "integer", minimum: 0 },
    dim: { type: "integer", minimum: 1, default: 64 },
    activation: { enum: ["silu", "gelu"] },
    rank: { type: ["integer", "null"], minimum: 1 },
    step: { type: "object", required: ["min"], properties: { min: { type: "number", exclusiveMinimum: 0 } } },
    tiles: { type: "array", items: { type: "integer", minimum: 8 }, minItems: 2 },
    scan: SCAN,
  },
  $defs: { Chunked: { type: "object", required: ["form", "chunk"], properties: { form: { const: "chunked" }, chunk: { type: "integer", minimum: 1, default: 64 } } } },
};

test("a start value has every field, from defaults, constants and least allowed values", () => {
  expect(initial(ROOT, ROOT)).toEqual({ dim: 64, activation: "silu", rank: null, step: { min: 1 }, tiles: [8, 8], scan: { form: "recurrent" } });
});

test("a property that is neither required nor has a default is left out until it is set", () => {
  expect(omissible(ROOT, "seed", ROOT)).toBe(true);
  expect(omissible(ROOT, "dim", ROOT)).toBe(false);
  expect(complete(ROOT, {}, ROOT)).not.toHaveProperty("seed");
  expect(complete(ROOT, { seed: 7 }, ROOT)).toHaveProperty("seed", 7);
});

test("given values are kept and missing ones filled in, also inside the chosen alternative", () => {
  expect(complete(ROOT, { dim: 8, scan: { form: "chunked" } }, ROOT)).toMatchObject({ dim: 8, scan: { form: "chunked", chunk: 64 }, step: { min: 1 } });
});

test("keys that the schema does not know are kept, so that nothing is lost in silence", () => {
  expect(complete(ROOT, { later: 1 }, ROOT)).toMatchObject({ later: 1, dim: 64 });
});

describe("alternatives", () => {
  const choices = SCAN.oneOf!;
  test("are told apart by their constants", () => {
    expect(chosenAlternative(choices, { form: "chunked", chunk: 8 }, ROOT)).toBe(1);
    expect(chosenAlternative(choices, { form: "recurrent" }, ROOT)).toBe(0);
  });
  test("are told apart by type where they have none", () => {
    expect(chosenAlternative([{ type: "integer" }, { type: "string" }], "auto", ROOT)).toBe(1);
  });
  test("are named by title, else by constant", () => {
    expect(alternativeName(choices[0]!, ROOT, 0)).toBe("Recurrent");
    expect(alternativeName(choices[1]!, ROOT, 1)).toBe("chunked");
  });
});

test("a reference into nothing is an error that names it", () => {
  expect(() => resolve({ $ref: "#/$defs/Nowhere" }, ROOT)).toThrow("#/$defs/Nowhere");
});
