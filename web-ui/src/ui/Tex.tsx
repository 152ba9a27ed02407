import { useEffect, useRef, useState } from "react";

type Katex = typeof import("katex").default;
let loading: Promise<Katex> | undefined;

/** KaTeX is a quarter of the dashboard: only pages with formulas load it. */
function katex(): Promise<Katex> {
  loading ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(([module]) => module.default);
  return loading;
}

/**
 * A formula. KaTeX builds the nodes itself (no markup is parsed, so the content policy needs no exception); what it cannot read is
 * shown as written, marked, with the reason.
 */
export function Tex({ source, display = false }: { source: string; display?: boolean }) {
  const host = useRef<HTMLSpanElement>(null);
  const [fault, setFault] = useState<string | undefined>();

  useEffect(() => {
    let gone = false;
    void katex().then((library) => {
      if (gone || !host.current) return;
      try {
        library.render(source, host.current, { displayMode: display, throwOnError: true, strict: "ignore", trust: false, maxExpand: 200 });
        setFault(undefined);
      } catch (error) {
        host.current.textContent = source;
        setFault(error instanceof Error ? error.message : String(error));
      }
    });
    return () => {
      gone = true;
    };
  }, [source, display]);

  const name = display ? "tex tex-display" : "tex";
  return <span ref={host} className={fault ? `${name} tex-fault` : name} title={fault} tabIndex={display ? 0 : undefined} />;
}
