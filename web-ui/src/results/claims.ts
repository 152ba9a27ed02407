import type { ClaimFinding, ClaimsStudy } from "../api/types";

/** A claim with what was found of it, where and when. */
export interface Found extends Pick<ClaimFinding, "id" | "claim" | "paper" | "verdict" | "here" | "reason" | "measures" | "rule"> {
  readonly plugin: string;
  /** The claim's own name in its plugin. */
  readonly name: string;
  readonly family: string;
  readonly commands: readonly string[];
  readonly machine: string;
  readonly date: string;
}

/** The claims of a study; `families` names the family of each plugin that the catalogue has. */
export function foundOf(study: ClaimsStudy, families: ReadonlyMap<string, string>): Found[] {
  return study.claims.map(({ id, claim, paper, verdict, here, reason, measures, rule, runs }) => {
    const [plugin = "", name = ""] = id.split("/");
    const made = Object.values(runs ?? {}).flatMap((key) => study.runs[key] ?? []);
    const machines = made.map(({ machine }) => `${machine.cpu}, ${machine.threads} of ${machine.cores} cores, JDK ${machine.jdk}`);
    return {
      ...{ id, claim, paper, verdict, here, reason, measures, rule, plugin, name },
      family: families.get(plugin) ?? "",
      commands: [...new Set(made.map((run) => run.command))],
      machine: [...new Set(machines)].join("; "),
      date: made.map((run) => run.date).toSorted().at(-1) ?? "",
    };
  });
}

export interface ClaimFilter {
  readonly verdict: string;
  readonly family: string;
  readonly plugin: string;
}

/** Claims that pass the filter; an empty value lets all pass, and `but` names one that is not asked. */
export function chosen(claims: readonly Found[], filter: ClaimFilter, but?: keyof ClaimFilter): Found[] {
  return claims.filter((claim) => (["verdict", "family", "plugin"] as const).every((key) => key === but || filter[key] === "" || claim[key] === filter[key]));
}

/** The values of a field with how many claims each would leave under the other filters, in the order in which they first occur. */
export function choices(claims: readonly Found[], filter: ClaimFilter, key: keyof ClaimFilter): [value: string, number: number][] {
  const left = chosen(claims, filter, key);
  const values = [...new Set([...claims.map((claim) => claim[key]), filter[key]])].filter((value) => value !== "");
  return values.map((value) => [value, left.filter((claim) => claim[key] === value).length]);
}
