import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the REST interface: the mock (`npm run mock`) unless ZOO_API names a running registry. */
const api = process.env.ZOO_API ?? "http://127.0.0.1:8099";

/** KaTeX names each font in three formats for browsers of 2010; every browser that runs this dashboard reads the first. */
const woff2Only = {
  name: "woff2-only",
  enforce: "pre" as const,
  transform: (code: string, id: string) =>
    id.includes("katex") && id.endsWith(".css") ? code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "") : undefined,
};

export default defineConfig({
  plugins: [woff2Only, react()],
  build: {
    outDir: "target/classes/static",
    emptyOutDir: true,
    target: "es2023",
    // The content security policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { host: "127.0.0.1", proxy: { "/api": api, "/actuator": api, "/openapi.yaml": api } },
  test: { include: ["src/**/*.test.ts", "mock/**/*.test.ts"], environment: "node" },
});
