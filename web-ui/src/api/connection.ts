import { useSyncExternalStore } from "react";

/** Whether the registry answers; `revision` grows each time it comes back, so that what failed is loaded again. */
export interface Connection {
  readonly online: boolean;
  readonly revision: number;
}

const RETRY_MS = 2000;
let state: Connection = { online: true, revision: 0 };
const listeners = new Set<() => void>();
let probing = false;

function set(next: Connection): void {
  state = next;
  for (const listener of listeners) listener();
}

/** Called by the client when a request found nobody; asks again until somebody answers. */
export function lost(): void {
  if (state.online) set({ ...state, online: false });
  if (!probing) {
    probing = true;
    setTimeout(probe, RETRY_MS);
  }
}

async function probe(): Promise<void> {
  try {
    // Any answer of the registry itself will do; a gateway's 502 to 504 means that it is still away.
    const answer = await fetch("/api/v1/session", { cache: "no-store" });
    if (answer.status < 502 || answer.status > 504) {
      probing = false;
      set({ online: true, revision: state.revision + 1 });
      return;
    }
  } catch {
    // Still away: the next probe follows.
  }
  setTimeout(probe, RETRY_MS);
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
