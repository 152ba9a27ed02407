import { createContext, use, useEffect, useMemo, type ReactNode } from "react";
import { allPlugins } from "./client";
import { useResource, type Resource } from "./resource";
import type { PluginSummary } from "./types";

interface Catalogue extends Resource<PluginSummary[]> {
  readonly titles: ReadonlyMap<string, string>;
}

const REFRESH_MS = 10_000;

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
  // Levels of proof come in while the registry verifies in the background.
  const unproven = resource.data?.some((plugin) => plugin.levels["1"] === "notRun") ?? false;
  useEffect(() => {
    if (!unproven) return;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [unproven, reload]);
  const titles = useMemo(() => new Map(resource.data?.map((plugin) => [plugin.id, plugin.title])), [resource.data]);
  return <Context value={{ ...resource, titles }}>{children}</Context>;
}

export function useCatalogue(): Catalogue {
  const catalogue = use(Context);
  if (!catalogue) throw new Error("useCatalogue outside of CatalogueProvider");
  return catalogue;
}
