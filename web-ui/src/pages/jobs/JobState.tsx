import type { JobState } from "../../api/types";
import type { Link } from "../../api/watch";

export function JobStateMark({ state }: { state: JobState }) {
  return (
    <span className="job-state" data-state={state}>
      <span className="job-dot" aria-hidden="true" />
      {state}
    </span>
  );
}

/** Nobody asked for it: the registry did, for when there is nothing else to do. */
export function BackgroundMark() {
  return (
    <span className="tag" title="The registry asked for this job itself; it makes way for every other">
      background
    </span>
  );
}

/** Whether the page hears of the job as it goes on. */
export function LinkState({ link }: { link: Link }) {
  if (link === "closed") return null;
  return (
    <span className="link-state" data-link={link} role="status">
      <span className="job-dot" aria-hidden="true" />
      {{ connecting: "Connecting", live: "Live", reconnecting: "Connection lost, trying again" }[link]}
    </span>
  );
}
