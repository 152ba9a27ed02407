import { isObject, type Json } from "./schema";

/** The leaves in which a configuration differs from another one, as `path=value` for the command line's `--set`. */
export function changes(from: Json, to: Json, path = ""): string[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => (to[key] === undefined ? [] : changes(from[key] ?? null, to[key], path === "" ? key : `${path}.${key}`)));
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (isObject(to)) return Object.entries(to).flatMap(([key, value]) => changes(null, value, path === "" ? key : `${path}.${key}`));
  return [`${path}=${typeof to === "string" ? to : JSON.stringify(to)}`];
}

/** The command that runs a plugin with a configuration. */
export function runCommand(id: string, defaults: Json, config: Json): string {
  const settings = changes(defaults, config).map((change) => `--set ${quoted(change)}`);
  return ["./zoo", "run", id, ...settings].join(" ");
}

function quoted(text: string): string {
  return /^[\w.,:=+@%/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
