import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";

/**
 * A page's state that stands in the query of its address. What is chosen is shown at once: the router changes the address in a transition,
 * and until then a box that was ticked would stand unticked and a second choice would start from the state before the first.
 */
export function useAddress<S>(read: (query: URLSearchParams) => S, write: (state: S) => URLSearchParams) {
  const [query, setQuery] = useSearchParams();
  const address = query.toString();
  const [chosen, setChosen] = useState<{ readonly state: S; readonly over: string } | undefined>();
  useEffect(() => setChosen(undefined), [address]);
  const stated = useMemo(() => read(query), [address, read]);
  const state = chosen?.over === address ? chosen.state : stated;
  /** `visit` makes a new entry of the history, so that back leads to the state before. */
  const change = (next: S, { visit = false } = {}) => {
    setChosen({ state: next, over: address });
    setQuery(write(next), { replace: !visit, preventScrollReset: true });
  };
  return [state, change] as const;
}
