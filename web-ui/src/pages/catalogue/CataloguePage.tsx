import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import { catalogProblems, searchPlugins } from "../../api/client";
import { useResource } from "../../api/resource";
import type { PluginSummary } from "../../api/types";
import { count, duration, rate, words } from "../../format/units";
import { Glyph } from "../../ui/Glyph";
import { Empty, ProblemNotice, Skeleton } from "../../ui/Notice";
import { ProofLadder } from "../../ui/Proof";
import { useAddress } from "../../ui/address";
import { useTitle } from "../../ui/title";
import { FirstAnswer } from "./FirstAnswer";
import { Facets } from "./Facets";
import { isNarrowed, readFilter, searched, select, SORTS, writeFilter, type Filter } from "./filter";

export function CataloguePage() {
  useTitle("");
  const { data, problem, reload } = useCatalogue();
  const known = data !== undefined;
  // Jars come and levels rise while other pages are open; the first visit is loading anyway.
  useEffect(() => {
    if (known) reload();
  }, []);
  return (
    <>
      <FirstAnswer />
      <section className="catalogue" aria-labelledby="catalogue-title">
        {data ? <Browser plugins={data} /> : problem ? <ProblemNotice problem={problem} retry={reload} /> : <Skeleton lines={8} label="Loading the catalogue" />}
      </section>
    </>
  );
}

function Browser({ plugins }: { plugins: readonly PluginSummary[] }) {
  const [filter, change] = useAddress(readFilter, writeFilter);
  const query = filter.query.trim();
  const { data: found } = useResource(`search ${query}`, async (signal) => (query === "" ? undefined : searchPlugins(query, signal)));
  const shown = useMemo(() => select(plugins, filter, found), [plugins, filter, found]);
  const [text, setText] = useTyped(filter.query, (typed) => change(searched(filter, typed)));
  const list = useRef<HTMLUListElement>(null);
  const search = useRef<HTMLInputElement>(null);
  useSlash(search);

  return (
    <>
      <div className="catalogue-head">
        <h1 id="catalogue-title">Catalogue</h1>
        <p className="quiet tabular" role="status">
          {shown.length === plugins.length ? `${count(plugins.length)} mechanisms` : `${count(shown.length)} of ${count(plugins.length)} mechanisms`}
        </p>
        <div className="catalogue-tools">
          <label className="search">
            <span className="hidden">Search the catalogue</span>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.5" />
              <path d="m10.5 10.5 3.6 3.6" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
            </svg>
            <input
              ref={search}
              type="search"
              className="input"
              placeholder="Title, mechanism, arXiv number"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "ArrowDown") return;
                event.preventDefault();
                list.current?.querySelector("a")?.focus();
              }}
            />
            <kbd aria-hidden="true">/</kbd>
          </label>
          <label className="sort">
            <span>Sort by</span>
            <select className="input" value={filter.sort} onChange={(event) => change({ ...filter, sort: event.target.value as Filter["sort"] })}>
              {SORTS.filter((sort) => sort !== "match" || query !== "").map((sort) => (
                <option key={sort} value={sort}>
                  {{ match: "best match", title: "title", year: "year, newest first", level: "proof, strongest first", speed: "measured speed", family: "family" }[sort]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <div className="catalogue-body">
        <Facets plugins={plugins} filter={filter} found={found} onChange={change} />
        <div>
          <Broken />
          {found?.corrected && (
            <p className="quiet corrected" role="status">
              Nothing has all of “{query}”. This matches “{found.corrected}”.
            </p>
          )}
          {shown.length > 0 ? (
            <ul className="plugin-list" ref={list} onKeyDown={walk}>
              {shown.map((plugin) => (
                <Row key={plugin.id} plugin={plugin} />
              ))}
            </ul>
          ) : (
            <NothingFound filter={filter} onClear={() => change({ ...readFilter(new URLSearchParams()), sort: filter.sort })} />
          )}
        </div>
      </div>
    </>
  );
}

/** Jars that could not be catalogued are told here, where their plugins are missed. */
function Broken() {
  const { data } = useResource("catalog-problems", catalogProblems);
  if (!data || data.items.length === 0) return null;
  return (
    <details className="notice" data-tone="warn">
      <summary>
        {data.items.length === 1 ? "One jar" : `${data.items.length} jars`} in the plugin folders could not be catalogued
      </summary>
      <ul>
        {data.items.map((item) => (
          <li key={item.file}>
            <code>{item.file}</code>: {item.title}. {item.detail} <code>{item.code}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function NothingFound({ filter, onClear }: { filter: Filter; onClear(): void }) {
  if (!isNarrowed(filter)) {
    return (
      <Empty title="The catalogue is empty">
        <p>
          Build the plugins, or put a plugin jar into a folder that the registry watches (<code>./zoo up --plugins DIR</code>). It appears here within five seconds of a reload.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      <p>No mechanism has all of what is asked for.</p>
      <button type="button" className="button" onClick={onClear}>
        Clear search and filters
      </button>
    </Empty>
  );
}

function Row({ plugin }: { plugin: PluginSummary }) {
  return (
    <li className="plugin-row">
      <Glyph family={plugin.family} size={38} />
      <div className="plugin-main">
        <Link to={`/plugins/${encodeURIComponent(plugin.id)}`} className="plugin-title">
          {plugin.title}
        </Link>
        <p className="plugin-summary">{plugin.summary}</p>
      </div>
      <div className="plugin-meta">
        <span className="plugin-where">
          <span>{words(plugin.family)}</span>
          <span className="quiet">
            {plugin.kind}, <span className="tabular">{plugin.year}</span>
            {plugin.speed && (
              <span className="tabular" title={`One pass forward of ${count(plugin.speed.length)} tokens, ${duration(plugin.speed.medianMs)}`}>
                , {rate(plugin.speed.tokensPerSecond)} tokens/s
              </span>
            )}
          </span>
        </span>
        <ProofLadder levels={plugin.levels} level={plugin.level} />
      </div>
    </li>
  );
}

/**
 * A text that lives in the address, typed without waiting for it: a navigation takes a moment, in which the next letter must not be lost.
 * A change of the address from elsewhere (back, a cleared filter) wins over what was typed.
 */
function useTyped(held: string, hold: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(held);
  const underway = useRef<string[]>([]);
  useEffect(() => {
    const at = underway.current.indexOf(held);
    if (at < 0) setText(held);
    underway.current = underway.current.slice(at + 1);
  }, [held]);
  const type = (next: string) => {
    setText(next);
    underway.current.push(next);
    hold(next);
  };
  return [text, type];
}

/** Up and down go from title to title. */
function walk(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = links[at + step];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

/** `/` goes to the search, unless a text is being typed. */
function useSlash(search: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const listener = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || target.closest("input, textarea, select")) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [search]);
}
