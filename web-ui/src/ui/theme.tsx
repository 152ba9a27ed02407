import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";

export type Choice = "system" | "light" | "dark";

interface Theme {
  readonly choice: Choice;
  readonly resolved: "light" | "dark";
  choose(choice: Choice): void;
}

/** Also read by theme.js before the first paint. */
const KEY = "layerzoo.theme";
const Context = createContext<Theme>({ choice: "system", resolved: "light", choose: () => {} });

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<Choice>(stored);
  const [system, setSystem] = useState<"light" | "dark">(preferred);

  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setSystem(preferred());
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);

  useEffect(() => {
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage is switched off: the choice holds until the page is left.
    }
  }, [choice]);

  const value = useMemo<Theme>(() => ({ choice, resolved: choice === "system" ? system : choice, choose: setChoice }), [choice, system]);
  return <Context value={value}>{children}</Context>;
}

export function useTheme(): Theme {
  return use(Context);
}

function stored(): Choice {
  try {
    const text = localStorage.getItem(KEY);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

function preferred(): "light" | "dark" {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
