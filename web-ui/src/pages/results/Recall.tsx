import { useMemo } from "react";
import type { MixerStudy } from "../../api/types";
import { capital, count, percent } from "../../format/units";
import { plotsPng } from "../../plot/png";
import { SharePlot } from "../../plot/SharePlot";
import { recallCsv } from "../../results/csv";
import type { ResultsState } from "../../results/query";
import { chanceOf, mixersOf, ofGroup, originOf, pluginOf, recallAnswer, recallSeries, refusalOf, rowsOf } from "../../results/studies";
import { RecallTable } from "./RecallTable";
import { Missing, Section } from "./Section";

const HEIGHT = 440;

/** Recall against state size: the question that the zoo's linear mixers are compared by. */
export function Recall({ study, state, onMixer }: { study: MixerStudy; state: ResultsState; onMixer(mixer: string): void }) {
  const mixers = useMemo(() => ofGroup(mixersOf(study), state.group), [study, state.group]);
  const series = useMemo(() => recallSeries(study, mixers), [study, mixers]);
  const baseline = mixers.find((mixer) => mixer.baseline);
  const level = Math.max(0, ...(series.find((s) => s.key === baseline?.name)?.points ?? []).map((p) => p.share));
  const chance = chanceOf(study);
  const answer = recallAnswer(series, baseline?.name);
  const origin = originOf(study);
  const refused = mixers.flatMap((mixer) => rowsOf(study, mixer).flatMap((row) => refusalOf(row) ?? []).map((reason) => [mixer.name, reason] as const));
  return (
    <Section
      id="recall"
      title="Recall against state size"
      answer={
        answer ? (
          <>
            {capital(answer.label)} recalls <em className="tabular">{percent(answer.point.share)}</em> with a fixed state of <em className="tabular">{count(answer.point.x)}</em> numbers
            {level > 0 && baseline && (answer.reaches ? `, the least that comes within a point of ${baseline.name}’s ${percent(level)}` : `; ${baseline.name} recalls ${percent(level)}`)}.
          </>
        ) : (
          "No mixer with a fixed state has a figure yet."
        )
      }
      notes={[
        study.plan.about,
        "The state is all that a mixer carries from token to token, counted in numbers. A hollow marker with an arrow is a state that grows with the tokens. A low accuracy says what this budget did not teach: it bounds no state from above.",
        <>
          <code>{study.command}</code>, {origin}
        </>,
      ]}
      state={state}
      csv={() => recallCsv(study, mixers)}
      png={(section) => plotsPng([...section.querySelectorAll<HTMLElement>("figure.plot")], [study.plan.about, `${study.command}, ${origin}`])}
    >
      <div className="report-plots single">
        <SharePlot
          title="Tokens recalled against the numbers of the state"
          series={series}
          upper={baseline && level > 0 ? { share: level, text: `${baseline.name} ${percent(level)}` } : undefined}
          lower={chance === undefined ? undefined : { share: chance, text: `chance ${percent(chance)}` }}
          xLabel="numbers of state"
          yLabel="recalled"
          height={HEIGHT}
          only={state.mixer || undefined}
          onOnly={(mixer) => onMixer(mixer ?? "")}
        />
        <RecallTable study={study} mixers={mixers} />
        <Missing refused={refused} open={study.notRun.map(pluginOf)} command={study.command} />
      </div>
    </Section>
  );
}
