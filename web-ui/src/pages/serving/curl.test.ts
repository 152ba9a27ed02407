import { expect, test } from "vitest";
import type { Deployment } from "../../api/types";
import { curl } from "./curl";

const deployment = (inputs: unknown, access = "open") => ({ url: "/v2/models/mixer", request: { plugin: "mamba", access }, model: inputs === undefined ? undefined : { inputs } }) as unknown as Deployment;

test("the command sends as many numbers as the shape says, with one row and one token", () => {
  const command = curl("http://localhost:8080", deployment([{ name: "x", datatype: "FP32", shape: [-1, -1, 4], required: true }]));
  expect(command).toContain("http://localhost:8080/v2/models/mixer/infer");
  const body = JSON.parse(/-d '(.*)'$/s.exec(command)![1]!) as { inputs: [{ shape: number[]; data: number[] }] };
  expect(body.inputs[0].shape).toEqual([1, 1, 4]);
  expect(body.inputs[0].data).toHaveLength(4);
  expect(command).not.toContain("Authorization");
});

test("a deployment for tokens only names the token without showing one", () => {
  expect(curl("", deployment([{ name: "x", datatype: "INT64", shape: [2] }], "token"))).toContain('-H "Authorization: Bearer $TOKEN"');
});

test("what is too large, not plain text or not known yet is asked for its description instead", () => {
  for (const inputs of [undefined, [{ name: "x", datatype: "FP32", shape: [1000] }], [{ name: "x", datatype: "BF16", shape: [1] }]]) {
    expect(curl("http://a", deployment(inputs))).toBe("curl -s http://a/v2/models/mixer");
  }
});
