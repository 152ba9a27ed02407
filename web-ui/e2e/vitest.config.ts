import { defineConfig } from "vitest/config";

// Without BASE_URL the mock is started, and what only a mock can play (an outage, an empty registry) is tested too.
const url = process.env.BASE_URL;
const real = url !== undefined;

export default defineConfig({
  test: {
    include: real ? ["e2e/dashboard.e2e.ts"] : ["e2e/*.e2e.ts"],
    environment: "node",
    // Under its own name, because BASE_URL means a path to Vite, which sets it in the tests' processes.
    env: real ? { ZOO_URL: url } : {},
    // One browser at a time: the machine that measures has two cores.
    fileParallelism: false,
    testTimeout: real ? 900_000 : 300_000,
    hookTimeout: 180_000,
  },
});
