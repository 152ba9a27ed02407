import { useId, useState, type ReactNode } from "react";
import { group } from "../format/units";
import { alternativeName, alternatives, chosenAlternative, complete, initial, isObject, nullable, omissible, resolve, typeOf, type Json, type Schema } from "./schema";
import { join, type Issue } from "./validate";

interface FieldProps {
  readonly schema: Schema;
  readonly root: Schema;
  readonly name: string;
  readonly path: string;
  readonly value: Json;
  readonly issues: readonly Issue[];
  readonly required: boolean;
  onChange(value: Json): void;
}

/** A form made of a configuration's JSON Schema. Values that are no numbers yet stay in sight as typed, with a message. */
export function SchemaForm(props: { schema: Schema; value: Json; issues: readonly Issue[]; onChange(value: Json): void }) {
  const { schema, value, issues, onChange } = props;
  const root = resolve(schema, schema);
  const keys = Object.entries(root.properties ?? {});
  if (keys.length === 0) return <p className="quiet">This provider has nothing to configure.</p>;
  return (
    <div className="form-grid">
      <Fields schema={root} root={schema} path="" value={value} issues={issues} onChange={onChange} />
    </div>
  );
}

function Fields({ schema, root, path, value, issues, onChange, hidden = [] }: Omit<FieldProps, "name" | "required"> & { hidden?: readonly string[] }) {
  const object = isObject(value) ? value : {};
  return Object.entries(schema.properties ?? {})
    .filter(([key, child]) => !hidden.includes(key) && !resolve(child, root)["x-hidden"])
    .map(([key, child]) => {
      const { [key]: held, ...others } = object;
      const field = { schema: child, root, name: key, path: join(path, key), issues, required: schema.required?.includes(key) ?? false };
      const set = (changed: Json) => onChange({ ...object, [key]: changed });
      return omissible(schema, key, root) ? (
        <Optional key={key} {...field} value={held} onChange={set} onOmit={() => onChange(others)} />
      ) : (
        <Field key={key} {...field} value={held === undefined ? initial(child, root) : held} onChange={set} />
      );
    });
}

function Field(props: FieldProps) {
  const schema = resolve(props.schema, props.root);
  if (alternatives(schema)) return <Choice {...props} schema={schema} />;
  if (nullable(schema)) return <Optional {...props} value={props.value ?? undefined} onOmit={() => props.onChange(null)} />;
  return <Plain {...props} schema={schema} />;
}

function Plain(props: FieldProps) {
  const { schema } = props;
  if (schema.const !== undefined) return null;
  if (schema.enum) return <Enumeration {...props} />;
  switch (typeOf(schema)) {
    case "object":
      return (
        <fieldset className="form-group">
          <Legend name={props.name} />
          {schema.description && <p className="field-help">{schema.description}</p>}
          <div className="form-grid">
            <Fields {...props} />
          </div>
        </fieldset>
      );
    case "array":
      return <List {...props} />;
    case "integer":
    case "number":
      return <NumberInput {...props} />;
    case "boolean":
      return <Toggle {...props} />;
    default:
      return <TextInput {...props} />;
  }
}

function Legend({ name }: { name: string }) {
  return (
    <legend>
      <code>{name}</code>
    </legend>
  );
}

/** Label, input, help and messages, tied together for a screen reader. */
function Row({ props, hint, children }: { props: FieldProps; hint?: string; children(ids: { id: string; described: string; invalid: boolean }): ReactNode }) {
  const id = useId();
  const { schema, name, path, issues } = props;
  const mine = issues.filter((issue) => issue.path === path);
  return (
    <div className="field" data-invalid={mine.length > 0 || undefined}>
      <label htmlFor={id}>
        <code>{name}</code>
        {schema.title && schema.title !== name && <span className="field-title">{schema.title}</span>}
      </label>
      {children({ id, described: `${id}-help ${id}-issues`, invalid: mine.length > 0 })}
      <p className="field-help" id={`${id}-help`}>
        {schema.description}
        {schema.description && hint ? " " : ""}
        {hint && <span className="field-range">{hint}</span>}
      </p>
      <div id={`${id}-issues`} aria-live="polite">
        {mine.map((issue) => (
          <p key={issue.message} className="field-issue">
            {issue.message}
          </p>
        ))}
      </div>
    </div>
  );
}

function range(schema: Schema): string {
  const parts: string[] = [];
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  const open = schema.exclusiveMinimum === undefined ? "" : "more than ";
  const end = schema.exclusiveMaximum === undefined ? "" : "less than ";
  if (low !== undefined && high !== undefined) parts.push(`${open}${group(String(low))} to ${end}${group(String(high))}`);
  else if (low !== undefined) parts.push(open ? `more than ${low}` : `at least ${low}`);
  else if (high !== undefined) parts.push(end ? `less than ${high}` : `at most ${high}`);
  if (schema.multipleOf !== undefined) parts.push(`multiple of ${schema.multipleOf}`);
  if (schema.default !== undefined) parts.push(`default ${typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default)}`);
  return parts.join(", ");
}

function NumberInput(props: FieldProps) {
  const { value, schema, onChange } = props;
  const [typed, setTyped] = useState<string | undefined>(undefined);
  // What is typed wins while it means the value; a value set from outside (a preset) wins over what was typed before.
  const text = typed !== undefined && parsed(typed) === value ? typed : value === null ? "" : String(value);
  return (
    <Row props={props} hint={range(schema)}>
      {({ id, described, invalid }) => (
        <input
          id={id}
          className="input tabular"
          inputMode={typeOf(schema) === "integer" ? "numeric" : "decimal"}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={described}
          aria-invalid={invalid}
          aria-required={props.required}
          value={text}
          onChange={(event) => {
            setTyped(event.target.value);
            onChange(parsed(event.target.value));
          }}
        />
      )}
    </Row>
  );
}

/** A number where the text is one, else the text itself, which validation then reports. */
function parsed(text: string): Json {
  const trimmed = text.trim();
  const number = Number(trimmed);
  return trimmed !== "" && Number.isFinite(number) ? number : text;
}

function TextInput(props: FieldProps) {
  return (
    <Row props={props} hint={range(props.schema)}>
      {({ id, described, invalid }) => (
        <input id={id} className="input" spellCheck={false} aria-describedby={described} aria-invalid={invalid} value={String(props.value ?? "")} onChange={(event) => props.onChange(event.target.value)} />
      )}
    </Row>
  );
}

function Enumeration(props: FieldProps) {
  const choices = (props.schema.enum ?? []) as readonly Json[];
  return (
    <Row props={props} hint={range(props.schema)}>
      {({ id, described, invalid }) => (
        <select id={id} className="input" aria-describedby={described} aria-invalid={invalid} value={choices.indexOf(props.value)} onChange={(event) => props.onChange(choices[Number(event.target.value)] ?? null)}>
          {choices.map((choice, i) => (
            <option key={i} value={i}>
              {String(choice)}
            </option>
          ))}
        </select>
      )}
    </Row>
  );
}

function Toggle(props: FieldProps) {
  return (
    <Row props={props} hint={range(props.schema)}>
      {({ id, described }) => (
        <span className="toggle">
          <input id={id} type="checkbox" role="switch" aria-describedby={described} checked={props.value === true} onChange={(event) => props.onChange(event.target.checked)} />
          <span aria-hidden="true">{props.value === true ? "on" : "off"}</span>
        </span>
      )}
    </Row>
  );
}

/** A list of numbers or texts, edited as one line. */
function List(props: FieldProps) {
  const { schema, root, value, onChange, path, issues } = props;
  const items = Array.isArray(value) ? (value as readonly Json[]) : [];
  const entry = resolve(schema.items ?? {}, root);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  if (typeOf(entry) === "object" || alternatives(entry)) {
    return (
      <fieldset className="form-group">
        <Legend name={props.name} />
        {items.map((item, i) => (
          <div key={i} className="form-list-item">
            <Field schema={entry} root={root} name={`${props.name} ${i + 1}`} path={join(path, String(i))} value={item} issues={issues} required onChange={(changed) => onChange(items.with(i, changed))} />
            <button type="button" className="button small" onClick={() => onChange(items.filter((_, at) => at !== i))}>
              Remove
            </button>
          </div>
        ))}
        <button type="button" className="button small" onClick={() => onChange([...items, initial(entry, root)])}>
          Add an entry
        </button>
      </fieldset>
    );
  }
  const numeric = typeOf(entry) === "integer" || typeOf(entry) === "number";
  const read = (text: string): Json => text.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => (numeric ? parsed(part) : part));
  const text = typed !== undefined && JSON.stringify(read(typed)) === JSON.stringify(items) ? typed : items.join(", ");
  // Faults of single entries are shown at the list, which is one field here.
  const gathered = issues.map((issue) => (issue.path.startsWith(`${path}.`) ? { ...issue, path } : issue));
  return (
    <Row props={{ ...props, issues: gathered }} hint={[range(schema), "separated by commas"].filter(Boolean).join(", ")}>
      {({ id, described, invalid }) => (
        <input
          id={id}
          className="input tabular"
          aria-describedby={described}
          aria-invalid={invalid}
          value={text}
          onChange={(event) => {
            setTyped(event.target.value);
            onChange(read(event.target.value));
          }}
        />
      )}
    </Row>
  );
}

/** A value that may be left out: a switch, and the field only when it is on. */
function Optional(props: Omit<FieldProps, "value"> & { value: Json | undefined; onOmit(): void }) {
  const { value, onChange, onOmit, root } = props;
  const schema = resolve(props.schema, root);
  const inner: Schema = { ...schema, ...(nullable(schema) ? { type: typeOf(schema), default: undefined } : {}) };
  return (
    <div className="field-optional">
      <label className="toggle">
        <input type="checkbox" role="switch" checked={value !== undefined} onChange={(event) => (event.target.checked ? onChange(initial(inner, root)) : onOmit())} />
        <span>
          Set <code>{props.name}</code>
        </span>
      </label>
      {value === undefined ? <p className="field-help">{schema.description}</p> : <Field {...props} schema={inner} value={value} />}
    </div>
  );
}

/** Exclusive alternatives (a sealed type): a choice, then the chosen one's own fields. */
function Choice(props: FieldProps) {
  const { schema, root, name, path, value, issues, onChange } = props;
  const id = useId();
  const choices = alternatives(schema) ?? [];
  const at = chosenAlternative(choices, value, root);
  const chosen = resolve(choices[at] ?? {}, root);
  const tags = Object.keys(chosen.properties ?? {}).filter((key) => resolve(chosen.properties![key]!, root).const !== undefined);
  const isNested = typeOf(chosen) === "object";
  return (
    <fieldset className="form-group">
      <Legend name={name} />
      {schema.description && <p className="field-help">{schema.description}</p>}
      <div className="segments" role="radiogroup" aria-label={`${name}: which form`}>
        {choices.map((choice, i) => (
          <label key={i} className="segment">
            <input type="radio" name={id} checked={i === at} onChange={() => onChange(complete(choice, undefined, root))} />
            <span>{alternativeName(choice, root, i)}</span>
          </label>
        ))}
      </div>
      {chosen.description && <p className="field-help">{chosen.description}</p>}
      {isNested ? (
        <div className="form-grid">
          <Fields schema={chosen} root={root} path={path} value={value} issues={issues} onChange={onChange} hidden={tags} />
        </div>
      ) : (
        <Plain {...props} schema={chosen} />
      )}
    </fieldset>
  );
}
