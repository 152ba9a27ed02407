import { expect, test } from "vitest";
import { changes, runCommand } from "./command";

test("only what differs from the defaults is set, by its path", () => {
  expect(changes({ a: 1, b: { c: 2, d: "x" } }, { a: 1, b: { c: 3, d: "x" } })).toEqual(["b.c=3"]);
});

test("a changed alternative sets all of its fields", () => {
  expect(changes({ scan: null }, { scan: { form: "chunked", chunk: 64 } })).toEqual(["scan.form=chunked", "scan.chunk=64"]);
});

test("values that a shell would read otherwise are quoted", () => {
  expect(runCommand("mamba", { tiles: [1], name: "a" }, { tiles: [8, 16], name: "it's" })).toBe(`./zoo run mamba --set 'tiles=[8,16]' --set 'name=it'\\''s'`);
});

test("the default configuration needs no options", () => {
  expect(runCommand("mamba", { a: 1 }, { a: 1 })).toBe("./zoo run mamba");
});
