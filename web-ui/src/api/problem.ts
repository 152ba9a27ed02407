import type { FieldError, ProblemDetails } from "./types";

/** A request that did not end well: the registry's problem details, or why there was no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];

  constructor(details: Pick<ProblemDetails, "title" | "status" | "detail" | "code"> & { errors?: readonly FieldError[] }) {
    super(`${details.title}: ${details.detail}`);
    this.name = "Problem";
    this.status = details.status;
    this.code = details.code;
    this.title = details.title;
    this.detail = details.detail;
    this.errors = details.errors ?? [];
  }

  /** The registry could not be reached. */
  get offline(): boolean {
    return this.code === "registry-unreachable";
  }

  static unreachable(): Problem {
    return new Problem({
      status: 0,
      code: "registry-unreachable",
      title: "The registry does not answer",
      detail: "No connection to the server this page came from. Start it with `./zoo up`; this page goes on by itself as soon as it answers.",
    });
  }

  /** Reads problem details; a body that is none (a proxy's error page) becomes a problem that names the status. */
  static of(status: number, body: unknown): Problem {
    if (isRecord(body) && typeof body.title === "string") {
      return new Problem({
        status,
        code: typeof body.code === "string" ? body.code : `http-${status}`,
        title: body.title,
        detail: typeof body.detail === "string" ? body.detail : "",
        errors: Array.isArray(body.errors) ? (body.errors as FieldError[]) : [],
      });
    }
    return new Problem({
      status,
      code: `http-${status}`,
      title: `The server answered ${status}`,
      detail: "The answer carried no problem details, so it may come from something between this page and the registry.",
    });
  }

  /** Anything thrown, as a problem; a programming error stays visible as such. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new Problem({ status: 0, code: "dashboard-fault", title: "The dashboard failed", detail: text });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
