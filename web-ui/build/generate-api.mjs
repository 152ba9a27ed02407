// Writes the TypeScript types of the registry's REST interface from its OpenAPI document, the one contract of service and dashboard.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../registry-service/src/main/openapi/registry.yaml", import.meta.url);
const target = new URL("../src/api/generated/registry.ts", import.meta.url);

const text = astToString(await openapiTS(source, { alphabetize: true }));
const banner = "// Generated from registry.yaml by `npm run generate`: do not edit.\n";
await mkdir(new URL(".", target), { recursive: true });
// An unchanged file keeps its time stamp, so that a running dev server does not reload for nothing.
const current = await readFile(target, "utf8").catch(() => "");
if (current !== banner + text) await writeFile(target, banner + text);
