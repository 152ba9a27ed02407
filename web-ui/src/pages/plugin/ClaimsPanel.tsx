import { Link } from "react-router";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import type { Claim, Plugin } from "../../api/types";
import { foundOf, type Found } from "../../results/claims";
import { ProblemNotice } from "../../ui/Notice";
import { Panel } from "../../ui/controls";
import { VerdictMark } from "../../ui/Verdict";

/** What the paper claims, its own figure, and what was found here. */
export function Claims({ plugin }: { plugin: Plugin }) {
  const { data, problem, reload } = useResource("study claims", api.claimsStudy);
  if (plugin.claims.length === 0) return null;
  const found = data && foundOf(data, new Map()).filter((claim) => claim.plugin === plugin.id);
  return (
    <Panel title="Claims" id="claims" aside={found && found.length > 0 && <Link to={`/results?plugin=${encodeURIComponent(plugin.id)}#claims`}>Rules and commands</Link>}>
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      <ol className="claims">
        {plugin.claims.map((claim) => (
          <li key={claim.id}>
            <Finding claim={claim} found={found?.find((one) => one.name === claim.id)} known={found !== undefined} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Finding({ claim, found, known }: { claim: Claim; found: Found | undefined; known: boolean }) {
  const here = found?.here ?? found?.reason;
  return (
    <>
      <p>{claim.text}</p>
      {known && <VerdictMark verdict={found?.verdict ?? "not measured yet"} />}
      <dl className="claim-figures">
        <div>
          <dt>Paper</dt>
          <dd>{claim.paper || "no figure"}</dd>
        </div>
        {here && (
          <div>
            <dt>Here</dt>
            <dd>{here}</dd>
          </div>
        )}
        {found?.machine && (
          <div>
            <dt>On</dt>
            <dd className="quiet">
              {found.machine}, {found.date}
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
