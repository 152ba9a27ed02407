import { Link } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import { benchmarks } from "../../api/client";
import { useResource } from "../../api/resource";
import { nameOf } from "../../bench/report";
import { ofSpec } from "../../bench/spec";
import { ago, count } from "../../format/units";
import { Empty, ProblemNotice, Skeleton } from "../../ui/Notice";
import { JobStateMark } from "../jobs/JobState";

const SHOWN = 12;

/** Stored comparisons to open again. */
export function Recent() {
  const { titles } = useCatalogue();
  const { data, problem, reload } = useResource("recent", (signal) => benchmarks({ size: SHOWN }, signal));
  if (problem) return <ProblemNotice problem={problem} retry={reload} />;
  if (!data) return <Skeleton lines={5} label="Loading comparisons" />;
  if (data.items.length === 0) {
    return (
      <Empty title="No comparison yet">
        <p>Choose mechanisms and lengths, then measure. The result stays stored and can be opened by its link.</p>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="recent">
      <h2 id="recent">Stored comparisons</h2>
      <ul className="recent">
        {data.items.map((job) => {
          const spec = ofSpec(job.spec);
          return (
            <li key={job.id}>
              <Link to={`/compare?job=${job.id}`}>{spec.plugins.map((id) => nameOf(id, titles)).join(", ")}</Link>
              <span className="quiet tabular">
                {spec.lengths.length === 1 ? `length ${count(spec.lengths[0]!)}` : `lengths ${count(spec.lengths[0]!)} to ${count(spec.lengths.at(-1)!)}`}, {spec.pass}, {spec.unit}, {spec.dtype}
              </span>
              <span className="recent-end">
                <JobStateMark state={job.state} />
                <span className="quiet">{ago(job.createdAt, Date.now())}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
