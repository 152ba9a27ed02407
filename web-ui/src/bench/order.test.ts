import { expect, test } from "vitest";
import { nextOrder, readOrder, sorted, type LabelledRow } from "./order";
import { result } from "./testing/sample";

const rows: LabelledRow[] = [
  { label: "b", colour: 0, row: result("b", 512, 3) },
  { label: "a", colour: 1, row: result("a", 512, null) },
  { label: "c", colour: 2, row: result("c", 256, 9) },
];

test("rows without a figure come last in either direction", () => {
  expect(sorted(rows, readOrder("medianMs")).map((r) => r.label)).toEqual(["b", "c", "a"]);
  expect(sorted(rows, readOrder("-medianMs")).map((r) => r.label)).toEqual(["c", "b", "a"]);
});

test("equal lengths are ordered by name", () => {
  expect(sorted(rows, readOrder("length")).map((r) => r.label)).toEqual(["c", "a", "b"]);
});

test("a second click turns the order round, another column begins ascending", () => {
  expect(nextOrder(readOrder("length"), "length")).toBe("-length");
  expect(nextOrder(readOrder("-length"), "length")).toBe("length");
  expect(nextOrder(readOrder("-length"), "medianMs")).toBe("medianMs");
});

test("an unknown column in the address means the length", () => {
  expect(readOrder("bogus")).toEqual({ column: "length", descending: false });
});
