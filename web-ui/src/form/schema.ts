/** The part of JSON Schema 2020-12 that a configuration record's schema uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  /** Set on what a form does not ask for. */
  readonly "x-hidden"?: boolean;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Follows local references; what stands beside a `$ref` overrides what it names. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1];
  const target = name === undefined ? undefined : root.$defs?.[decodeURIComponent(name)];
  if (target === undefined) throw new Error(`The schema names ${schema.$ref}, which it does not define.`);
  const { $ref: _, ...beside } = schema;
  return { ...resolve(target, root), ...beside };
}

export function alternatives(schema: Schema): readonly Schema[] | undefined {
  return schema.oneOf ?? schema.anyOf;
}

/** The type that a field is edited as; `null` beside another type only says that it may be left out. */
export function typeOf(schema: Schema): string | undefined {
  if (schema.type === undefined) return schema.properties ? "object" : undefined;
  return typeof schema.type === "string" ? schema.type : schema.type.find((type) => type !== "null");
}

/** Whether an object may go without a property: it is not required, and nothing stands in for it. */
export function omissible(parent: Schema, key: string, root: Schema): boolean {
  const child = resolve(parent.properties?.[key] ?? {}, root);
  return !(parent.required?.includes(key) ?? false) && child.default === undefined && child.const === undefined;
}

export function nullable(schema: Schema): boolean {
  return Array.isArray(schema.type) && schema.type.includes("null");
}

/** A value to begin with: the schema's default, else the least one that it allows. */
export function initial(given: Schema, root: Schema): Json {
  const schema = resolve(given, root);
  if (schema.default !== undefined) return schema.default as Json;
  if (schema.const !== undefined) return schema.const as Json;
  if (schema.enum !== undefined) return (schema.enum[0] ?? null) as Json;
  const choices = alternatives(schema);
  if (choices?.[0]) return initial(choices[0], root);
  if (nullable(schema)) return null;
  switch (typeOf(schema)) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => !omissible(schema, key, root))
          .map(([key, child]) => [key, initial(child, root)]),
      );
    case "array":
      return Array.from({ length: schema.minItems ?? 0 }, () => initial(schema.items ?? {}, root));
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 0, schema.exclusiveMinimum === undefined ? -Infinity : schema.exclusiveMinimum + 1);
    case "boolean":
      return false;
    case "string":
      return "";
    default:
      return null;
  }
}

/** Lays given values over a start of the schema's own defaults, so that a partial configuration shows every field. */
export function complete(given: Schema, value: Json | undefined, root: Schema): Json {
  const schema = resolve(given, root);
  if (value === undefined) return initial(schema, root);
  const choices = alternatives(schema);
  if (choices) {
    const chosen = choices[chosenAlternative(choices, value, root)];
    return chosen ? complete(chosen, value, root) : value;
  }
  if (!isObject(value) || schema.properties === undefined) return value;
  const known = Object.entries(schema.properties)
    .filter(([key]) => value[key] !== undefined || !omissible(schema, key, root))
    .map(([key, child]) => [key, complete(child, value[key], root)]);
  return { ...value, ...Object.fromEntries(known) };
}

/** Which alternative a value belongs to: the one whose constants it carries, else the first with its type and required keys; 0 if none. */
export function chosenAlternative(choices: readonly Schema[], value: Json, root: Schema): number {
  const resolved = choices.map((choice) => resolve(choice, root));
  const byConstant = resolved.findIndex((choice) => {
    const tags = constants(choice, root);
    return tags.length > 0 && isObject(value) && tags.every(([key, tag]) => value[key] === tag);
  });
  if (byConstant >= 0) return byConstant;
  const byValue = resolved.findIndex((choice) => choice.const !== undefined && choice.const === value);
  if (byValue >= 0) return byValue;
  const byShape = resolved.findIndex(
    (choice) => constants(choice, root).length === 0 && hasType(value, choice) && (choice.required ?? []).every((key) => isObject(value) && key in value),
  );
  return Math.max(0, byShape);
}

/** The properties that tell an alternative from its siblings. */
export function constants(schema: Schema, root: Schema): [string, Json][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const { const: tag } = resolve(child, root);
    return tag === undefined ? [] : [[key, tag as Json] as [string, Json]];
  });
}

export function alternativeName(schema: Schema, root: Schema, index: number): string {
  const resolved = resolve(schema, root);
  const tag = constants(resolved, root)[0]?.[1] ?? resolved.const;
  return resolved.title ?? (tag === undefined ? `Form ${index + 1}` : String(tag));
}

export function hasType(value: Json, schema: Schema): boolean {
  const types = schema.type === undefined ? [] : typeof schema.type === "string" ? [schema.type] : schema.type;
  return types.length === 0 || types.some((type) => isOfType(value, type));
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
