import { expect, test } from "vitest";
import { choices, chosen, foundOf } from "./claims";
import { claimsCsv, recallCsv, scalingCsv } from "./csv";
import { readResults, writeResults } from "./query";
import { mixersOf, scalingOf } from "./studies";
import { CLAIMS, RECALL, SCALING } from "./testing/sample";

const ALL = { verdict: "", family: "", plugin: "" };
const claims = foundOf(CLAIMS, new Map([["lin", "linear-attention"]]));

test("a claim knows its plugin, family, commands, machine and the day of its newest figure", () => {
  expect(claims[0]).toMatchObject({ plugin: "lin", name: "claim-1", family: "linear-attention", commands: ["zoo bench lin", "zoo bench soft"], machine: "A CPU, 1 of 2 cores, JDK 25", date: "2026-11-22" });
  expect(claims[2]).toMatchObject({ family: "", commands: [], machine: "", date: "" });
});

test("filters narrow together, and each choice counts what it would leave under the others", () => {
  expect(chosen(claims, { ...ALL, plugin: "lin", verdict: "holds" }).map((claim) => claim.id)).toEqual(["lin/claim-1"]);
  expect(choices(claims, { ...ALL, plugin: "lin" }, "verdict")).toEqual([
    ["holds", 1],
    ["cannot be measured here", 1],
    ["not measured yet", 0],
  ]);
  expect(choices(claims, { ...ALL, family: "gone" }, "family")).toEqual([
    ["linear-attention", 2],
    ["gone", 0],
  ]);
});

test("an address restores the filters, and that of no filter is empty", () => {
  const state = { group: "linear attention", mixer: "lin", verdict: "does not hold", family: "linear-attention", plugin: "lin" };
  expect(readResults(new URLSearchParams(writeResults(state).toString()))).toEqual(state);
  expect(writeResults(readResults(new URLSearchParams())).toString()).toBe("");
});

test("CSV has a line a claim, a configuration, and a length, each with its machine", () => {
  const lines = claimsCsv(claims).split("\r\n");
  expect(lines).toHaveLength(5);
  expect(lines[1]).toBe('lin/claim-1,lin,linear-attention,"Linear, in time",slope 1,T^1.0,holds,,time,lin.time < 1.2,zoo bench lin; zoo bench soft,"A CPU, 1 of 2 cores, JDK 25",2026-11-22');
  const recall = recallCsv(RECALL, mixersOf(RECALL)).split("\r\n");
  expect(recall[1]).toBe("soft,softmax attention,softmax attention,default configuration,1,8192,true,0.99,0.03,0.001,1000,,70000,,A CPU,2,1,25,2026-11-22");
  expect(recall).toHaveLength(8);
  const scaling = scalingCsv(SCALING, scalingOf(SCALING, mixersOf(SCALING))).split("\r\n");
  expect(scaling).toHaveLength(8);
  expect(scaling[3]).toMatch(/^lin,linear,linear attention,1000,2,/);
  expect(scaling[6]).toBe("ssm,SSM,recurrent,,,,,,,,,,too long,A CPU,2,1,25,2026-11-22");
});
