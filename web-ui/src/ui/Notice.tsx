import type { ReactNode } from "react";
import { useConnection } from "../api/connection";
import type { Problem } from "../api/problem";

/** A problem as the registry tells it: what was wrong, field by field, and a way on. `page`: nothing else is on the page. */
export function ProblemNotice({ problem, retry, page = false }: { problem: Problem; retry?: () => void; page?: boolean }) {
  const Title = page ? "h1" : "h2";
  return (
    <div className="notice" data-tone="danger" role="alert">
      <Title className="notice-title">{problem.title}</Title>
      {problem.detail && <p>{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((error) => (
            <li key={`${error.field}${error.message}`}>
              <code>{error.field}</code>: {error.message}
              {error.given !== undefined && (
                <>
                  {" "}
                  <span className="quiet">(given {error.given})</span>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="notice-foot">
        <code>{problem.code}</code>
        {problem.status > 0 && <span className="quiet tabular"> · HTTP {problem.status}</span>}
        {retry && (
          <button type="button" className="button small" onClick={retry}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Grey bars in the place of what is on its way. */
export function Skeleton({ lines = 3, label }: { lines?: number; label: string }) {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton-line" />
      ))}
    </div>
  );
}

/** Says across all pages that nobody answers; goes away by itself. */
export function OfflineBanner() {
  const { online } = useConnection();
  return (
    <div role="status" className="offline-slot">
      {!online && (
        <div className="offline">
          <strong>The registry does not answer.</strong> Trying again every two seconds; nothing on this page is lost.
        </div>
      )}
    </div>
  );
}
