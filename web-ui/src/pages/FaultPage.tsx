import { useRouteError } from "react-router";
import { Problem } from "../api/problem";
import { ProblemNotice } from "../ui/Notice";

/** Stands in for a page that threw. The rest of the application is gone with it, so the way on is a full load. */
export function FaultPage() {
  const problem = Problem.from(useRouteError());
  return (
    <div className="page">
      <ProblemNotice page problem={problem} retry={() => location.reload()} />
    </div>
  );
}
