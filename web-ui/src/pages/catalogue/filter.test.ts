import { expect, test } from "vitest";
import type { PluginSummary } from "../../api/types";
import { facetCounts, readFilter, searched, select, toggled, writeFilter } from "./filter";

function plugin(id: string, more: Partial<PluginSummary>): PluginSummary {
  return { id, version: "1", title: id, family: "f", kind: "mixer", modes: [], backends: [], level: 0, levels: {}, year: 2020, arxiv: "", source: "local", sha256: "", summary: "", fidelity: "paper", ...more };
}

const PLUGINS = [
  plugin("mamba", { family: "ssm", modes: ["streaming"], year: 2023, level: 2, arxiv: "2312.00752", summary: "selective scan" }),
  plugin("urpe", { family: "softmax", modes: ["self-causal"], year: 2022, level: 1 }),
  plugin("snapkv", { family: "kv", kind: "kv-cache", modes: ["streaming", "self-causal"], year: 2024, level: 2 }),
];

const filter = (query: string) => readFilter(new URLSearchParams(query));

test("all words of a query must occur, in whichever field", () => {
  expect(select(PLUGINS, filter("query=Selective ssm")).map((p) => p.id)).toEqual(["mamba"]);
  expect(select(PLUGINS, filter("query=2312.00752")).map((p) => p.id)).toEqual(["mamba"]);
  expect(select(PLUGINS, filter("query=selective softmax"))).toEqual([]);
});

test("what the registry found is shown in its order, and facets narrow it", () => {
  const found = { ids: ["snapkv", "mamba"], corrected: undefined };
  expect(select(PLUGINS, filter("query=cache"), found).map((p) => p.id)).toEqual(["snapkv", "mamba"]);
  expect(select(PLUGINS, filter("query=cache&sort=title"), found).map((p) => p.id)).toEqual(["mamba", "snapkv"]);
  expect(select(PLUGINS, filter("query=cache&family=ssm"), found).map((p) => p.id)).toEqual(["mamba"]);
  expect(facetCounts(PLUGINS, filter("query=cache"), "family", found)).toEqual([["kv", 1], ["ssm", 1]]);
});

test("an order that nobody chose goes with the query, a chosen one stays", () => {
  expect(searched(filter(""), "scan").sort).toBe("match");
  expect(searched(filter("query=scan"), "").sort).toBe("title");
  expect(searched(filter("sort=year"), "scan").sort).toBe("year");
  expect(writeFilter(searched(filter(""), "scan")).toString()).toBe("query=scan");
});

test("values of one facet widen, different facets narrow", () => {
  expect(select(PLUGINS, filter("family=ssm&family=softmax")).map((p) => p.id)).toEqual(["mamba", "urpe"]);
  expect(select(PLUGINS, filter("mode=streaming&kind=mixer")).map((p) => p.id)).toEqual(["mamba"]);
});

test("sorting by year and proof puts the newest and strongest first", () => {
  expect(select(PLUGINS, filter("sort=year")).map((p) => p.id)).toEqual(["snapkv", "mamba", "urpe"]);
  expect(select(PLUGINS, filter("sort=level")).map((p) => p.id)).toEqual(["mamba", "snapkv", "urpe"]);
});

test("a facet's counts follow the other facets but not itself", () => {
  expect(facetCounts(PLUGINS, filter("family=ssm&mode=streaming"), "family")).toEqual([["kv", 1], ["ssm", 1]]);
});

test("a chosen value stays in sight when nothing is left of it", () => {
  expect(facetCounts(PLUGINS, filter("family=gone"), "family")).toContainEqual(["gone", 0]);
});

test("an address restores search, filters and order", () => {
  const chosen = toggled(toggled(filter("query=scan&sort=year"), "family", "ssm"), "level", "2");
  expect(writeFilter(chosen).toString()).toBe("query=scan&sort=year&family=ssm&level=2");
  expect(readFilter(writeFilter(chosen))).toEqual(chosen);
  expect(toggled(chosen, "family", "ssm").chosen.family).toEqual([]);
});

test("the fastest come first, and what was not measured last", () => {
  const speed = (tokensPerSecond: number) => ({ tokensPerSecond, medianMs: 1, length: 1024, jobId: "", measuredAt: "" });
  const measured = [plugin("slow", { speed: speed(10) }), plugin("unmeasured", {}), plugin("fast", { speed: speed(20) })];
  expect(select(measured, filter("sort=speed")).map((p) => p.id)).toEqual(["fast", "slow", "unmeasured"]);
  expect(select(PLUGINS, filter("year=2022&year=2023")).map((p) => p.id)).toEqual(["mamba", "urpe"]);
  expect(facetCounts(PLUGINS, filter(""), "year").map(([year]) => year)).toEqual(["2024", "2023", "2022"]);
});
