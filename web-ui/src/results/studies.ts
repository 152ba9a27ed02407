import type { MixerStudy, StudyRow } from "../api/types";
import { count, duration, percent, significant, times } from "../format/units";
import { powerLaw, type Point, type PowerLaw } from "../plot/fit";
import type { PlotLine } from "../plot/LogLogPlot";
import { groupStyle, type Style } from "../plot/marker";
import type { SharePoint, ShareSeries } from "../plot/SharePlot";

export interface Mixer {
  /** The plugin that it comes from; several mixers may come from one. */
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly style: Style;
  /** What the others are held against. */
  readonly baseline: boolean;
  /** Configurations that are its rows; undefined where all of the plugin are. */
  readonly configs: ReadonlySet<string> | undefined;
}

/** The mixers of a study as declared, group by group, with a colour for each group and markers that differ within it. */
export function mixersOf({ plan }: MixerStudy): Mixer[] {
  const marks = plan.groups.map(() => 0);
  const baseline = plan.baseline ?? plan.mixers.find((mixer) => mixer.group === 0)?.id;
  const all = plan.mixers.map(({ id, name, group, configs }) => ({
    id,
    name,
    group: plan.groups[group] ?? "",
    style: groupStyle(group, marks[group]!++),
    baseline: id === baseline,
    configs: configs && new Set(configs.map((config) => JSON.stringify(config))),
    place: group,
  }));
  return all.toSorted((a, b) => a.place - b.place);
}

/** Those of one group, or all; the baseline always stays. */
export function ofGroup(mixers: readonly Mixer[], group: string): Mixer[] {
  return mixers.filter((mixer) => group === "" || mixer.baseline || mixer.group === group);
}

export function rowsOf(study: MixerStudy, { id, configs }: Mixer): StudyRow[] {
  return study.rows.filter((row) => row.id === id && (configs === undefined || configs.has(JSON.stringify(row.config ?? {}))));
}

/** A configuration as a reader would say it. */
export function configText(config: StudyRow["config"]): string {
  const text = JSON.stringify(config ?? {}).replace(/["{}]/g, "").replaceAll(",", ", ").replaceAll(":", " ");
  return text === "" ? "default configuration" : text;
}

const known = (value: number | null | undefined): value is number => typeof value === "number";

/** Accuracy against state of each mixer; a configuration that was trained with several seeds is one point, their mean. */
export function recallSeries(study: MixerStudy, mixers: readonly Mixer[]): ShareSeries[] {
  return mixers
    .map((mixer) => {
      const byConfig = new Map<string, StudyRow[]>();
      for (const row of rowsOf(study, mixer).filter((row) => known(row.state) && known(row.accuracy))) {
        const config = JSON.stringify(row.config);
        byConfig.set(config, [...(byConfig.get(config) ?? []), row]);
      }
      const points = [...byConfig.values()].map(recallPoint).toSorted((a, b) => a.x - b.x);
      return { key: mixer.name, label: mixer.name, group: mixer.group, style: mixer.style, points };
    })
    .filter((series) => series.points.length > 0);
}

function recallPoint(rows: readonly StudyRow[]): SharePoint {
  const row = rows[0]!;
  const shares = rows.map((one) => one.accuracy!);
  const spread = rows.length > 1 ? [`${rows.length} seeds, ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`] : [];
  const training = [known(row.learningRate) ? `rate ${row.learningRate}` : "", known(row.steps) ? `${count(row.steps)} steps` : "", known(row.parameters) ? `${count(row.parameters)} parameters` : ""];
  return {
    x: row.state!,
    share: shares.reduce((a, b) => a + b, 0) / shares.length,
    grows: row.grows === true,
    notes: [configText(row.config), training.filter(Boolean).join(", "), ...spread].filter(Boolean),
  };
}

export function chanceOf(study: MixerStudy): number | undefined {
  const chances = study.rows.map((row) => row.chance).filter(known);
  return chances.length === 0 ? undefined : Math.max(...chances);
}

/** What stands out: the least fixed state that comes within a point of the baseline, or else the best that a fixed state does. */
export function recallAnswer(series: readonly ShareSeries[], baseline: string | undefined): { readonly label: string; readonly point: SharePoint; readonly reaches: boolean } | undefined {
  const level = Math.max(0, ...(series.find((s) => s.key === baseline)?.points ?? []).map((p) => p.share));
  const fixed = series.filter((s) => s.key !== baseline).flatMap((s) => s.points.filter((p) => !p.grows).map((point) => ({ label: s.label, point })));
  const reaching = fixed.filter(({ point }) => level > 0 && point.share >= level - 0.01).toSorted((a, b) => a.point.x - b.point.x || b.point.share - a.point.share);
  const best = fixed.toSorted((a, b) => b.point.share - a.point.share || a.point.x - b.point.x);
  const found = reaching[0] ?? best[0];
  return found && { ...found, reaches: reaching.length > 0 };
}

/** The fastest run at each length, which is what other programs have disturbed least. */
export function timesOf(row: StudyRow): Point[] {
  return (row.lengths ?? []).filter((at) => known(at.minMs)).map((at) => ({ x: at.length, y: at.minMs! }));
}

export interface Scaling {
  readonly mixer: Mixer;
  readonly row: StudyRow;
  readonly points: readonly Point[];
  readonly law: PowerLaw | undefined;
  /** Where its fitted line falls below the baseline's. */
  readonly overtakes: Crossing;
}

export type Crossing = number | "never" | "everywhere" | undefined;

/** Shortest length that counts as one where lines can cross. */
const SHORTEST = 64;

/** The length from which a power law lies below another; undefined where one of them is unknown. */
export function crossing(law: PowerLaw | undefined, baseline: PowerLaw | undefined): Crossing {
  if (law === undefined || baseline === undefined) return undefined;
  if (baseline.exponent <= law.exponent) return "never";
  const at = (law.factor / baseline.factor) ** (1 / (baseline.exponent - law.exponent));
  return at < SHORTEST ? "everywhere" : Math.round(at);
}

export function scalingOf(study: MixerStudy, mixers: readonly Mixer[]): Scaling[] {
  const measured = mixers.flatMap((mixer) => rowsOf(study, mixer).map((row) => ({ mixer, row, points: timesOf(row), law: powerLaw(timesOf(row)) })));
  const baseline = measured.find((one) => one.mixer.baseline)?.law;
  return measured.map((one) => ({ ...one, overtakes: one.mixer.baseline ? undefined : crossing(one.law, baseline) }));
}

export function scalingLines(scaling: readonly Scaling[]): PlotLine[] {
  return scaling
    .filter((one) => one.points.length > 0)
    .map(({ mixer, points, law }) => ({ key: mixer.name, label: mixer.name, group: mixer.group, style: mixer.style, points, law, dashed: mixer.baseline }));
}

export function crossingText(at: Crossing): string {
  return at === undefined ? "" : typeof at === "number" ? `from ${count(at)}` : at;
}

/** The fastest mixer at the longest length that the baseline was measured at, as a sentence. */
export function scalingAnswer(scaling: readonly Scaling[]): string | undefined {
  const baseline = scaling.find((one) => one.mixer.baseline);
  const longest = baseline?.points.at(-1);
  if (!baseline || !longest) return undefined;
  const others = scaling.filter((one) => one !== baseline).flatMap((one) => one.points.filter((p) => p.x === longest.x).map((p) => ({ one, ms: p.y })));
  const best = others.toSorted((a, b) => a.ms - b.ms)[0];
  if (!best) return undefined;
  const from = crossingText(best.one.overtakes);
  const against = best.ms < longest.y ? `${times(longest.y / best.ms)}× faster than ${baseline.mixer.name}` : `and ${baseline.mixer.name} ${duration(longest.y)}`;
  return `At length ${count(longest.x)}, ${best.one.mixer.name} is the fastest of them with ${duration(best.ms)}, ${against}${from.startsWith("from") ? `, which it overtakes ${from} tokens` : ""}.`;
}

/** Why a mixer has no figure; undefined where it has some. */
export function refusalOf(row: StudyRow): string | undefined {
  if (timesOf(row).length > 0 || known(row.accuracy)) return undefined;
  return row.refused ?? row.lengths?.find((at) => at.refused)?.refused ?? "no figure";
}

/** The plugin that a key of a row names. */
export function pluginOf(key: string): string {
  return key.split(/[ ,]/)[0]!;
}

/** Day and machine of a study. */
export function originOf({ date, environment }: MixerStudy): string {
  const { cpu, threads, cores, jdk, loadAverage } = environment;
  const load = known(loadAverage) ? `, load average ${significant(loadAverage)}` : "";
  return `${date}, ${cpu}, ${threads} of ${cores} cores, JDK ${jdk}${load}`;
}
