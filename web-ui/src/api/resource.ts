import { useCallback, useEffect, useState } from "react";
import { useConnection } from "./connection";
import { Problem } from "./problem";

/** What a page shows of something it asked for. Data stays in sight while it is asked for again. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  reload(): void;
}

interface Held<T> {
  readonly key: string;
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
}

/** Loads once a key (and again after the connection came back); an answer to an older key is dropped. */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const { revision } = useConnection();
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState<Held<T>>({ key, data: undefined, problem: undefined, loading: true });

  useEffect(() => {
    const abort = new AbortController();
    setHeld((old) => ({ key, data: old.key === key ? old.data : undefined, problem: undefined, loading: true }));
    load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setHeld({ key, data, problem: undefined, loading: false });
      },
      (thrown: unknown) => {
        if (!abort.signal.aborted) setHeld((old) => ({ key, data: old.data, problem: Problem.from(thrown), loading: false }));
      },
    );
    return () => abort.abort();
    // `load` closes over nothing but what the key names.
  }, [key, turn, revision]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const current = held.key === key ? held : { data: undefined, problem: undefined, loading: true };
  return { data: current.data, problem: current.problem, loading: current.loading, reload };
}
