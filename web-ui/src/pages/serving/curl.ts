import type { Deployment } from "../../api/types";

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly required?: boolean;
}

const MOST = 64;

/** A request that the model answers, small enough to be read; undefined until the model has said what it takes. */
export function exampleBody(deployment: Deployment): string | undefined {
  const inputs = deployment.model?.inputs as readonly Tensor[] | undefined;
  if (!inputs) return undefined;
  const tensors = inputs.filter((input) => input.required !== false).map(example);
  if (tensors.some((tensor) => tensor === undefined)) return undefined;
  return JSON.stringify({ inputs: tensors });
}

function example({ name, datatype, shape }: Tensor) {
  const sizes = shape.map((size) => (size < 0 ? 1 : size));
  const elements = sizes.reduce((all, size) => all * size, 1);
  // Half-precision numbers exist as bytes only, and nobody copies a thousand numbers.
  if (elements > MOST || datatype === "FP16" || datatype === "BF16") return undefined;
  const whole = datatype.startsWith("INT") || datatype.startsWith("UINT");
  return { name, shape: sizes, datatype, data: Array.from({ length: elements }, (_, i) => (datatype === "BOOL" ? i % 2 === 0 : whole ? i % 8 : i / 8)) };
}

/** A command that can be pasted into a shell; the token is named, never shown. */
export function curl(origin: string, deployment: Deployment): string {
  const body = exampleBody(deployment);
  const token = deployment.request.access === "token" ? ` \\\n     -H "Authorization: Bearer $TOKEN"` : "";
  if (body === undefined) return `curl -s ${origin}${deployment.url}${token}`;
  return `curl -s ${origin}${deployment.url}/infer${token} \\\n     -H 'Content-Type: application/json' \\\n     -d '${body}'`;
}
