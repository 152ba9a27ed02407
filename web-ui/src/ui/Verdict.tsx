interface Look {
  readonly tone: "good" | "bad" | "quiet" | "open";
  readonly path: string;
}

/** A shape and a colour for each verdict; the words say it too. */
const LOOKS: Readonly<Record<string, Look>> = {
  holds: { tone: "good", path: "M3.2 8.4L6.6 11.8L13 4.6" },
  "does not hold": { tone: "bad", path: "M4 4L12 12M12 4L4 12" },
  "cannot be measured here": { tone: "quiet", path: "M8 2.2A5.8 5.8 0 1 0 8 13.8A5.8 5.8 0 1 0 8 2.2M4 12L12 4" },
  "not measured yet": { tone: "open", path: "M8 2.2A5.8 5.8 0 1 0 8 13.8A5.8 5.8 0 1 0 8 2.2M8 4.8V8L10.4 9.6" },
};
const OTHER: Look = { tone: "quiet", path: "M4 8H12" };

/** What became of a claim. */
export function VerdictMark({ verdict }: { verdict: string }) {
  const { tone, path } = LOOKS[verdict] ?? OTHER;
  return (
    <span className="verdict" data-tone={tone}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={path} fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {verdict}
    </span>
  );
}
