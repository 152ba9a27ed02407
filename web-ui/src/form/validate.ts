import { alternatives, chosenAlternative, hasType, isObject, nullable, resolve, typeOf, type Json, type Schema } from "./schema";

/** What is wrong at a path such as `heads.count` or `stages.2`. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Every fault of a value, not only the first. */
export function validate(given: Schema, value: Json, root: Schema = given, path = ""): Issue[] {
  const schema = resolve(given, root);
  const choices = alternatives(schema);
  if (choices) {
    const chosen = choices[chosenAlternative(choices, value, root)];
    return chosen ? validate(chosen, value, root, path) : [];
  }
  if (value === null && nullable(schema)) return [];
  if (!hasType(value, schema)) return [{ path, message: `Expected ${typeName(typeOf(schema))}, given ${shown(value)}.` }];
  return [...scalarIssues(schema, value, path), ...arrayIssues(schema, value, root, path), ...objectIssues(schema, value, root, path)];
}

function scalarIssues(schema: Schema, value: Json, path: string): Issue[] {
  const messages: string[] = [];
  if (schema.const !== undefined && value !== schema.const) messages.push(`Expected ${shown(schema.const as Json)}, given ${shown(value)}.`);
  if (schema.enum && !schema.enum.includes(value)) {
    messages.push(`Expected one of ${schema.enum.map((choice) => shown(choice as Json)).join(", ")}, given ${shown(value)}.`);
  }
  if (typeof value === "number") messages.push(...numberMessages(schema, value));
  if (typeof value === "string") messages.push(...textMessages(schema, value));
  return messages.map((message) => ({ path, message }));
}

function numberMessages(schema: Schema, value: number): string[] {
  const messages: string[] = [];
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum) messages.push(`Expected at least ${minimum}, given ${value}.`);
  if (maximum !== undefined && value > maximum) messages.push(`Expected at most ${maximum}, given ${value}.`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) messages.push(`Expected more than ${exclusiveMinimum}, given ${value}.`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) messages.push(`Expected less than ${exclusiveMaximum}, given ${value}.`);
  if (multipleOf !== undefined && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9) {
    messages.push(`Expected a multiple of ${multipleOf}, given ${value}.`);
  }
  return messages;
}

function textMessages(schema: Schema, value: string): string[] {
  const messages: string[] = [];
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  if (value.length < minLength) messages.push(minLength === 1 ? "Expected a text, given none." : `Expected at least ${minLength} characters, given ${value.length}.`);
  if (value.length > maxLength) messages.push(`Expected at most ${maxLength} characters, given ${value.length}.`);
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) messages.push(`Expected a text of the form ${pattern}, given ${shown(value)}.`);
  return messages;
}

function arrayIssues(schema: Schema, value: Json, root: Schema, path: string): Issue[] {
  if (!Array.isArray(value)) return [];
  const items = value as readonly Json[];
  const issues: Issue[] = [];
  const { minItems = 0, maxItems = Infinity } = schema;
  if (items.length < minItems) issues.push({ path, message: `Expected at least ${minItems} entries, given ${items.length}.` });
  if (items.length > maxItems) issues.push({ path, message: `Expected at most ${maxItems} entries, given ${items.length}.` });
  if (schema.items) items.forEach((item, i) => issues.push(...validate(schema.items!, item, root, join(path, String(i)))));
  return issues;
}

function objectIssues(schema: Schema, value: Json, root: Schema, path: string): Issue[] {
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((key) => !(key in value)).map((key) => ({ path: join(path, key), message: "A value is required." }));
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    value[key] === undefined ? [] : validate(child, value[key], root, join(path, key)),
  );
  return [...missing, ...children];
}

export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function typeName(type: string | undefined): string {
  return { integer: "a whole number", number: "a number", boolean: "true or false", string: "a text", array: "a list", object: "an object" }[type ?? ""] ?? "a value";
}

function shown(value: Json): string {
  if (typeof value === "string") return value === "" ? "nothing" : `“${value}”`;
  return JSON.stringify(value);
}
