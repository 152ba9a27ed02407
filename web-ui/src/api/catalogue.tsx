import { createContext, use, useEffect, useMemo, type ReactNode } from "react";
import { allPlugins } from "./client";
import { useResource, type Resource } from "./resource";
import type { PluginSummary } from "./types";

interface Catalogue extends Resource<PluginSummary[]> {
  readonly titles: ReadonlyMap<string, string>;
}

const Context = createContext<Catalogue | undefined>(undefined);

/** The catalogue is read for all pages together: they need its titles and its choices. It is read again when the reader comes back to the tab. */
export function CatalogueProvider({ children }: { children: ReactNode }) {
  const resource = useResource("catalogue", allPlugins);
  const { reload } = resource;
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && reload();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [reload]);
  const titles = useMemo(() => new Map(resource.data?.map((plugin) => [plugin.id, plugin.title])), [resource.data]);
  return <Context value={{ ...resource, titles }}>{children}</Context>;
}

export function useCatalogue(): Catalogue {
  const catalogue = use(Context);
  if (!catalogue) throw new Error("useCatalogue outside of CatalogueProvider");
  return catalogue;
}
