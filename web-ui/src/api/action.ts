import { useCallback, useRef, useState } from "react";
import { Problem } from "./problem";

/** A change that a reader asks for: whether it is under way, and why the last one failed. */
export interface Action<A extends readonly unknown[]> {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** True when it went well. */
  run(...args: A): Promise<boolean>;
  forget(): void;
}

export function useAction<A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();
  const latest = useRef(work);
  latest.current = work;
  const run = useCallback(async (...args: A) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await latest.current(...args);
      return true;
    } catch (thrown) {
      setProblem(Problem.from(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  const forget = useCallback(() => setProblem(undefined), []);
  return { busy, problem, run, forget };
}
