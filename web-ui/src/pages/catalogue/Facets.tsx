import { useEffect, useState } from "react";
import type { Found } from "../../api/client";
import type { PluginSummary } from "../../api/types";
import { words } from "../../format/units";
import { LEVELS } from "../../ui/Proof";
import { FACETS, facetCounts, toggled, type Facet, type Filter } from "./filter";

const NAMES: Readonly<Record<Facet, string>> = { family: "Family", kind: "Kind", mode: "Mode", backend: "Backend", level: "Proof", year: "Year" };
const FOLD = 8;

interface Props {
  readonly plugins: readonly PluginSummary[];
  readonly filter: Filter;
  readonly found: Found | undefined;
  onChange(filter: Filter): void;
}

/** Filters beside the list; on a narrow window they fold away behind one line. */
export function Facets(props: Props) {
  const wide = useWide();
  const chosen = FACETS.reduce((sum, facet) => sum + props.filter.chosen[facet].length, 0);
  const groups = (
    <div className="facets">
      {FACETS.map((facet) => (
        <Group key={facet} facet={facet} {...props} />
      ))}
    </div>
  );
  if (wide) return <aside aria-label="Filters">{groups}</aside>;
  return (
    <details className="facets-fold">
      <summary>Filters{chosen > 0 && <span className="badge tabular">{chosen}</span>}</summary>
      {groups}
    </details>
  );
}

function Group({ facet, plugins, filter, found, onChange }: Props & { facet: Facet }) {
  const [all, setAll] = useState(false);
  const counts = facetCounts(plugins, filter, facet, found);
  if (counts.length === 0) return null;
  // A chosen value is never folded away: it must be in sight to be taken back.
  const shown = counts.filter(([value], i) => all || i < FOLD || filter.chosen[facet].includes(value));
  return (
    <fieldset className="facet">
      <legend>{NAMES[facet]}</legend>
      {shown.map(([value, number]) => (
        <label key={value} className="facet-value">
          <input type="checkbox" checked={filter.chosen[facet].includes(value)} onChange={() => onChange(toggled(filter, facet, value))} />
          <span>{nameOf(facet, value)}</span>
          <span className="quiet tabular">{number}</span>
        </label>
      ))}
      {counts.length > FOLD && (
        <button type="button" className="link-button" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `${counts.length - shown.length} more`}
        </button>
      )}
    </fieldset>
  );
}

function nameOf(facet: Facet, value: string): string {
  if (facet === "family") return words(value);
  if (facet !== "level") return value;
  return value === "0" ? "Unproven" : `L${value} ${LEVELS[Number(value) - 1]?.name ?? ""}`;
}

function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia("(min-width: 900px)").matches);
  useEffect(() => {
    const query = matchMedia("(min-width: 900px)");
    const changed = () => setWide(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return wide;
}
