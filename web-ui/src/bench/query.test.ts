import { describe, expect, test } from "vitest";
import { COMPARE_DEFAULTS, parseLengths, readCompare, writeCompare, type CompareState } from "./query";
import { ofSpec } from "./spec";

const FULL: CompareState = {
  plugins: ["mamba", "flash-attention-2"],
  lengths: [512, 2048],
  pass: "backward",
  unit: "layer",
  backend: "cpu-vector",
  dtype: "bf16",
  dim: 256,
  heads: 4,
  batch: 2,
  job: "3f0c",
  sort: "-medianMs",
};

test("an address restores all of a comparison's state", () => {
  expect(readCompare(new URLSearchParams(writeCompare(FULL).toString()))).toEqual(FULL);
});

test("defaults do not lengthen the address", () => {
  expect(writeCompare(COMPARE_DEFAULTS).toString()).toBe("");
  expect(writeCompare({ ...COMPARE_DEFAULTS, plugins: ["mamba"] }).toString()).toBe("plugins=mamba");
});

test("nonsense in an address falls back to the defaults", () => {
  const state = readCompare(new URLSearchParams("pass=sideways&dim=-3&heads=x&batch=1.5&lengths=abc&plugins=,,a,a"));
  expect(state).toEqual({ ...COMPARE_DEFAULTS, plugins: ["a"] });
});

test("a stored job's specification fills the form", () => {
  const spec = { plugins: [{ id: "mamba", version: "0.1.0" }], lengths: [4096, 256], pass: "decode", unit: "core", dim: 64, heads: 2, batch: 1, backend: "auto", dtype: "f32" };
  expect(ofSpec(spec)).toEqual({ ...COMPARE_DEFAULTS, plugins: ["mamba"], lengths: [256, 4096], pass: "decode", dim: 64, heads: 2 });
});

describe("lengths as typed", () => {
  test("any separator will do, and they come sorted and single", () => {
    expect(parseLengths("1024, 256;512 256").lengths).toEqual([256, 512, 1024]);
  });
  test.each([
    ["", "At least one length"],
    ["12, x", "not “x”"],
    ["0", "not “0”"],
    ["1.5", "not “1.5”"],
    ["5000000", "to 4194304"],
    [Array.from({ length: 33 }, (_, i) => i + 1).join(","), "At most 32"],
  ])("%j is refused with a reason", (text, part) => {
    const { lengths, message } = parseLengths(text);
    expect(lengths).toBeUndefined();
    expect(message).toContain(part);
  });
});
