/** What the page of results shows, as it stands in the address; an empty value lets all pass. */
export interface ResultsState {
  /** Group of mixers in the plots. */
  readonly group: string;
  /** The mixer that the others fade beside. */
  readonly mixer: string;
  readonly verdict: string;
  readonly family: string;
  readonly plugin: string;
}

const FIELDS = ["group", "mixer", "verdict", "family", "plugin"] as const;

export function readResults(query: URLSearchParams): ResultsState {
  return Object.fromEntries(FIELDS.map((field) => [field, query.get(field) ?? ""])) as unknown as ResultsState;
}

export function writeResults(state: ResultsState): URLSearchParams {
  return new URLSearchParams(FIELDS.filter((field) => state[field] !== "").map((field) => [field, state[field]]));
}
