import type { Found } from "../../api/client";
import type { PluginSummary } from "../../api/types";

export const FACETS = ["family", "kind", "mode", "backend", "level", "year"] as const;
export type Facet = (typeof FACETS)[number];

/** What the catalogue shows, as it stands in the address. Several values of one facet widen, several facets narrow. */
export interface Filter {
  readonly query: string;
  readonly sort: Sort;
  readonly chosen: Readonly<Record<Facet, readonly string[]>>;
}

export const SORTS = ["match", "title", "year", "level", "speed", "family"] as const;
export type Sort = (typeof SORTS)[number];

/** The order that nobody chose: what was searched for comes by how well it matches. */
function natural(query: string): Sort {
  return query === "" ? "title" : "match";
}

export function readFilter(params: URLSearchParams): Filter {
  const query = params.get("query") ?? "";
  return {
    query,
    sort: SORTS.find((sort) => sort === params.get("sort")) ?? natural(query),
    chosen: Object.fromEntries(FACETS.map((facet) => [facet, params.getAll(facet)])) as unknown as Filter["chosen"],
  };
}

export function writeFilter(filter: Filter): URLSearchParams {
  const params = new URLSearchParams();
  if (filter.query !== "") params.set("query", filter.query);
  if (filter.sort !== natural(filter.query)) params.set("sort", filter.sort);
  for (const facet of FACETS) for (const value of filter.chosen[facet]) params.append(facet, value);
  return params;
}

/** Another query; an order that nobody chose goes with it. */
export function searched(filter: Filter, query: string): Filter {
  return { ...filter, query, sort: filter.sort === natural(filter.query) ? natural(query) : filter.sort };
}

export function toggled(filter: Filter, facet: Facet, value: string): Filter {
  const old = filter.chosen[facet];
  const values = old.includes(value) ? old.filter((v) => v !== value) : [...old, value];
  return { ...filter, chosen: { ...filter.chosen, [facet]: values } };
}

export function isNarrowed(filter: Filter): boolean {
  return filter.query !== "" || FACETS.some((facet) => filter.chosen[facet].length > 0);
}

export function valuesOf(plugin: PluginSummary, facet: Facet): readonly string[] {
  switch (facet) {
    case "mode":
      return plugin.modes;
    case "backend":
      return plugin.backends;
    case "level":
      return [String(plugin.level)];
    case "year":
      return [String(plugin.year)];
    default:
      return [plugin[facet]];
  }
}

/** The registry's search, as far as it has answered; until then every word must occur in what lists show. */
function matchesQuery(plugin: PluginSummary, query: string, found: Found | undefined): boolean {
  if (query === "") return true;
  if (found) return found.ids.includes(plugin.id);
  const text = `${plugin.id} ${plugin.title} ${plugin.summary} ${plugin.family} ${plugin.kind} ${plugin.arxiv}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function matches(plugin: PluginSummary, filter: Filter, found: Found | undefined, except?: Facet): boolean {
  return (
    matchesQuery(plugin, filter.query, found) &&
    FACETS.every((facet) => {
      const wanted = filter.chosen[facet];
      return facet === except || wanted.length === 0 || valuesOf(plugin, facet).some((value) => wanted.includes(value));
    })
  );
}

export function select(plugins: readonly PluginSummary[], filter: Filter, found?: Found): PluginSummary[] {
  return plugins.filter((plugin) => matches(plugin, filter, found)).toSorted(order(filter.sort, found));
}

function order(sort: Sort, found: Found | undefined): (a: PluginSummary, b: PluginSummary) => number {
  const byTitle = (a: PluginSummary, b: PluginSummary) => a.title.localeCompare(b.title, "en");
  switch (sort) {
    case "match": {
      const places = new Map(found?.ids.map((id, place) => [id, place]));
      return (a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0) || byTitle(a, b);
    }
    case "year":
      return (a, b) => b.year - a.year || byTitle(a, b);
    case "level":
      return (a, b) => b.level - a.level || byTitle(a, b);
    case "speed":
      // What was not measured comes last.
      return (a, b) => (b.speed?.tokensPerSecond ?? 0) - (a.speed?.tokensPerSecond ?? 0) || byTitle(a, b);
    case "family":
      return (a, b) => a.family.localeCompare(b.family, "en") || byTitle(a, b);
    default:
      return byTitle;
  }
}

/** A facet's values with the number of plugins each would leave under the other facets; a chosen one stays even at zero. */
export function facetCounts(plugins: readonly PluginSummary[], filter: Filter, facet: Facet, found?: Found): [string, number][] {
  const counts = new Map<string, number>(filter.chosen[facet].map((value) => [value, 0]));
  for (const plugin of plugins) {
    if (!matches(plugin, filter, found, facet)) continue;
    for (const value of valuesOf(plugin, facet)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], "en"));
  return facet === "level" || facet === "year" ? sorted.toSorted((a, b) => Number(b[0]) - Number(a[0])) : sorted;
}
