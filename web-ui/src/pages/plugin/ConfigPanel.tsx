import { useMemo } from "react";
import type { Provider } from "../../api/types";
import { words } from "../../format/units";
import { changes, runCommand } from "../../form/command";
import { SchemaForm } from "../../form/SchemaForm";
import type { Json, Schema } from "../../form/schema";
import { validate } from "../../form/validate";
import { CopyButton, Panel } from "../../ui/controls";

interface Props {
  readonly id: string;
  readonly provider: Provider;
  readonly schema: Schema;
  readonly config: Json;
  preset(size: string): Json;
  onChange(config: Json): void;
}

/** The configuration as a form, and the command line that uses what it holds. */
export function ConfigPanel({ id, provider, schema, config, preset, onChange }: Props) {
  const issues = useMemo(() => validate(schema, config), [schema, config]);
  const sizes = Object.keys(provider.defaults).filter((size) => provider.defaults[size] !== null);
  const json = JSON.stringify(config, undefined, 2);
  const changed = changes(preset("test"), config).length;
  const presets = (
    <div className="presets">
      <span className="quiet">Sizes</span>
      {sizes.map((size) => (
        <button key={size} type="button" className="button small" aria-pressed={JSON.stringify(preset(size)) === JSON.stringify(config)} onClick={() => onChange(preset(size))}>
          {words(size)}
        </button>
      ))}
    </div>
  );
  return (
    <Panel title="Configuration" id="configuration" aside={presets}>
      <SchemaForm schema={schema} value={config} issues={issues} onChange={onChange} />
      <div className="config-result">
        <p role="status" className={issues.length > 0 ? "field-issue" : "quiet"}>
          {issues.length > 0
            ? `${issues.length === 1 ? "One value is" : `${issues.length} values are`} not valid yet.`
            : changed === 0
              ? "This is the default configuration."
              : `Differs from the default in ${changed === 1 ? "one value" : `${changed} values`}.`}
        </p>
        <div className="command">
          <pre tabIndex={0}>
            <code>{runCommand(id, preset("test"), config)}</code>
          </pre>
          <div className="command-buttons">
            <CopyButton text={runCommand(id, preset("test"), config)} label="Copy command" />
            <CopyButton text={json} label="Copy JSON" />
          </div>
        </div>
      </div>
    </Panel>
  );
}
