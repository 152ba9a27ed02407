import { expect, test } from "vitest";
import { rankingCsv } from "./csv";

test("a ranking has one line a mechanism, with its question and machine; what was not measured says why", () => {
  const csv = rankingCsv({
    question: { length: 4096, dim: 512, heads: 8, pass: "forward", causal: true, backend: "auto" },
    environment: { cpu: "A CPU", cores: 4, threads: 2, jdk: "25" },
    ranking: [
      { rank: 1, id: "mamba", version: "0.1.0", title: "Mamba, a title", family: "ssm", causal: true, medianMs: 1.5, p95Ms: 2, minMs: null, timesBest: 1, fallbacks: ["scan: none"], source: "stored", measuredAt: "2026-11-22T09:00:00Z", backend: "cpu-vector", jobId: "j" },
    ],
    notMeasured: [{ id: "urpe", title: "URPE", reason: "one run takes 90 s, the limit is 1 s", refused: true }],
  });
  const [header, first, missing, end] = csv.split("\r\n");
  expect(header).toBe("rank,id,version,title,family,causal,length,dim,heads,pass,medianMs,p95Ms,minMs,timesBest,tokensPerSecond,peakBytes,gflops,relError,fallbacks,source,measuredAt,backend,cpu,cores,threads,jdk,notMeasured");
  expect(first).toBe('1,mamba,0.1.0,"Mamba, a title",ssm,true,4096,512,8,forward,1.5,2,,1,,,,,scan: none,stored,2026-11-22T09:00:00Z,cpu-vector,A CPU,4,2,25,');
  expect(missing).toBe(',urpe,,URPE,,,4096,512,8,forward,,,,,,,,,,,,,A CPU,4,2,25,"one run takes 90 s, the limit is 1 s"');
  expect(end).toBe("");
});
