import { useState } from "react";
import type { PluginSummary } from "../../api/types";
import { nameOf } from "../../bench/report";
import { LIMITS } from "../../bench/query";
import { words } from "../../format/units";
import { Skeleton } from "../../ui/Notice";

interface Props {
  readonly plugins: readonly PluginSummary[] | undefined;
  readonly chosen: readonly string[];
  onChange(ids: readonly string[]): void;
}

/** What can be measured at growing length. */
const MEASURABLE = new Set(["mixer", "channel-mixer", "encoding", "token-reduction", "model", "kv-cache", "block"]);

/** Several out of many: what is chosen stands above a list that a text narrows. */
export function Chooser({ plugins, chosen, onChange }: Props) {
  const [text, setText] = useState("");
  const titles = new Map(plugins?.map((plugin) => [plugin.id, plugin.title]));
  const wanted = text.trim().toLowerCase();
  const shown = plugins
    ?.filter((plugin) => MEASURABLE.has(plugin.kind) || chosen.includes(plugin.id))
    .filter((plugin) => `${plugin.id} ${plugin.title} ${plugin.family} ${plugin.kind}`.toLowerCase().includes(wanted));
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(0, LIMITS.plugins));
  return (
    <fieldset className="chooser">
      <legend>Mechanisms</legend>
      {chosen.length > 0 && (
        <ul className="chips">
          {chosen.map((id) => (
            <li key={id}>
              <button type="button" className="chip" aria-label={`Remove ${nameOf(id, titles)}`} onClick={() => toggle(id)}>
                {nameOf(id, titles)}
                <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <input className="input" type="search" aria-label="Narrow the mechanisms" placeholder="Narrow by name, family or kind" value={text} onChange={(event) => setText(event.target.value)} />
      <div className="chooser-list" role="group" aria-label="Mechanisms to choose from">
        {!shown && <Skeleton lines={4} label="Loading the catalogue" />}
        {shown?.map((plugin) => (
          <label key={plugin.id} className="chooser-item">
            <input type="checkbox" value={plugin.id} checked={chosen.includes(plugin.id)} onChange={() => toggle(plugin.id)} />
            <span>
              {nameOf(plugin.id, titles)} <span className="quiet">{words(plugin.family)}</span>
            </span>
          </label>
        ))}
        {shown?.length === 0 && <p className="quiet chooser-none">Nothing matches “{text}”.</p>}
      </div>
    </fieldset>
  );
}
