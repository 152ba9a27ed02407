import { expect, test } from "vitest";
import { metricsOf } from "./metrics";

const TEXT = `# HELP zoo_serving_requests_seconds time
# TYPE zoo_serving_requests_seconds summary
zoo_serving_requests_seconds_count{model="mixer",outcome="ok"} 30
zoo_serving_requests_seconds_sum{model="mixer",outcome="ok"} 0.3
zoo_serving_requests_seconds_count{model="mixer",outcome="bad-input"} 10
zoo_serving_requests_seconds_sum{model="mixer",outcome="bad-input"} 0.1
zoo_serving_requests_seconds_count{model="other",outcome="ok"} 7
zoo_serving_batch_rows_count{model="mixer"} 4.0
zoo_serving_batch_rows_sum{model="mixer"} 10.0
zoo_serving_queue{model="mixer"} 2.0
jvm_threads_live_threads 40.0
`;

test("a model's figures are its own, with means over all outcomes", () => {
  expect(metricsOf("mixer", TEXT)).toEqual({
    outcomes: [
      ["ok", 30],
      ["bad-input", 10],
    ],
    requests: 40,
    meanMs: 10,
    rows: 2.5,
    waiting: 2,
  });
});

test("a model that nobody asked yet has no figures", () => {
  expect(metricsOf("silent", TEXT)).toEqual({ outcomes: [], requests: 0, meanMs: undefined, rows: undefined, waiting: undefined });
});
