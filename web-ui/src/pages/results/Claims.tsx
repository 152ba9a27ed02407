import { useMemo } from "react";
import { Link } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import type { ClaimsStudy } from "../../api/types";
import { words } from "../../format/units";
import { choices, chosen, foundOf, type Found } from "../../results/claims";
import { claimsCsv } from "../../results/csv";
import type { ResultsState } from "../../results/query";
import { Empty } from "../../ui/Notice";
import { tablePng } from "../../ui/tablePng";
import { VerdictMark } from "../../ui/Verdict";
import { Segments } from "../../ui/controls";
import { Section } from "./Section";

const COLUMNS = [
  { title: "Claim", width: 400 },
  { title: "The paper", width: 270 },
  { title: "Here", width: 330 },
  { title: "Verdict", width: 170 },
] as const;

const COMMAND = "./zoo study claims";

/** The papers' claims with their figures beside ours, whether or not they hold. */
export function Claims({ study, state, onChange }: { study: ClaimsStudy; state: ResultsState; onChange(state: ResultsState): void }) {
  const { data: plugins } = useCatalogue();
  const families = useMemo(() => new Map(plugins?.map((plugin) => [plugin.id, plugin.family])), [plugins]);
  const all = useMemo(() => foundOf(study, families), [study, families]);
  const shown = chosen(all, state);
  const verdicts = choices(all, state, "verdict");
  const newest = all.map((claim) => claim.date).toSorted().at(-1);
  const png = () => tablePng("The papers’ claims", COLUMNS, shown.map((claim) => [`${claim.id}: ${claim.claim}`, claim.paper, ours(claim), claim.verdict]), [`${COMMAND}, newest figure of ${newest}`]);
  return (
    <Section
      id="claims"
      title="What the papers claim"
      answer={`Of ${all.length} claims ${tally(all)}.`}
      notes={[
        "Experiments and rules were fixed before anything was measured. Small models and short lengths on a CPU stand for large ones on GPUs: a claim that holds here holds at this size, one that does not may hold at the paper’s.",
        <>
          <code>{COMMAND}</code>
          {newest && `, newest figure of ${newest}`}
        </>,
      ]}
      state={state}
      csv={() => claimsCsv(shown)}
      png={png}
    >
      <div className="panel">
        <div className="claim-filters">
          <Segments
            label="Verdict"
            value={state.verdict}
            choices={[["", `All ${chosen(all, state, "verdict").length}`], ...verdicts.map(([verdict, number]) => [verdict, `${words(verdict)} ${number}`] as const)]}
            onChange={(verdict) => onChange({ ...state, verdict })}
          />
          <Choice label="Family" all="All families" value={state.family} values={choices(all, state, "family")} name={words} onChange={(family) => onChange({ ...state, family })} />
          <Choice label="Plugin" all="All plugins" value={state.plugin} values={choices(all, state, "plugin").toSorted((a, b) => a[0].localeCompare(b[0], "en"))} name={String} onChange={(plugin) => onChange({ ...state, plugin })} />
        </div>
        {shown.length === 0 ? <Empty title="No claim passes these filters" /> : <Table claims={shown} />}
      </div>
    </Section>
  );
}

/** How one says that so many claims have a verdict. */
const SAID: Readonly<Record<string, string>> = { holds: "hold", "does not hold": "do not hold", "cannot be measured here": "cannot be measured here", "not measured yet": "are not measured yet" };

function tally(claims: readonly Found[]): string {
  const verdicts = [...new Set([...Object.keys(SAID), ...claims.map((claim) => claim.verdict)])];
  const counted = verdicts.map((verdict) => [verdict, claims.filter((claim) => claim.verdict === verdict).length] as const).filter(([, number]) => number > 0);
  return counted.map(([verdict, number]) => `${number} ${SAID[verdict] ?? `are “${verdict}”`}`).join(", ");
}

function ours({ here, reason }: Found): string {
  return here ?? reason ?? "";
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly values: readonly (readonly [string, number])[];
  name(value: string): string;
  onChange(value: string): void;
}

function Choice({ label, all, value, values, name, onChange }: ChoiceProps) {
  return (
    <label className="sort">
      <span>{label}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{all}</option>
        {values.map(([one, number]) => (
          <option key={one} value={one}>
            {name(one)} ({number})
          </option>
        ))}
      </select>
    </label>
  );
}

/** The roles stay where a narrow window shows a row as a block, which would take them away. */
function Table({ claims }: { claims: readonly Found[] }) {
  return (
    <table className="table claim-table" role="table" aria-label="Claims">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map(({ title }) => (
            <th key={title} scope="col" role="columnheader">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {claims.map((claim) => (
          <tr key={claim.id} role="row">
            <th scope="row" role="rowheader">
              <Link to={`/plugins/${encodeURIComponent(claim.plugin)}`}>{claim.plugin}</Link> <span className="quiet">{claim.name}</span>
              <p>{claim.claim}</p>
            </th>
            <td role="cell" data-column="The paper">
              {claim.paper || "no figure"}
            </td>
            <td role="cell" data-column="Here">
              {ours(claim)}
              <Measured claim={claim} />
            </td>
            <td role="cell">
              <VerdictMark verdict={claim.verdict} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Measured({ claim: { measures, rule, commands, machine, date } }: { claim: Found }) {
  if (!rule) return null;
  return (
    <details className="more">
      <summary>{date ? `Measured ${date}` : "How it is measured"}</summary>
      <dl className="facts">
        <div>
          <dt>Experiment</dt>
          <dd>{measures}</dd>
        </div>
        <div>
          <dt>Holds when</dt>
          <dd>
            <code>{rule}</code>
          </dd>
        </div>
        {commands.length > 0 && (
          <div>
            <dt>Commands</dt>
            <dd>
              {commands.map((command) => (
                <code key={command} className="claim-command">
                  {command}
                </code>
              ))}
            </dd>
          </div>
        )}
        {machine && (
          <div>
            <dt>Machine</dt>
            <dd>{machine}</dd>
          </div>
        )}
      </dl>
    </details>
  );
}
