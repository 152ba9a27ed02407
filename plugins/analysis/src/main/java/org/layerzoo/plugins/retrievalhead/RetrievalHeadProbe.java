package org.layerzoo.plugins.retrievalhead;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.data.sequence.Haystack;
import org.layerzoo.nn.host.WatchedDecoding;
import org.layerzoo.nn.host.WatchedDecoding.Head;

/** Scores every head over all haystacks that the model answers right, then masks the best heads and random others. */
public final class RetrievalHeadProbe {
    private static final double RIGHT = 0.5;

    private final RetrievalHeadConfig c;
    private final WatchedDecoding model;
    private final int vocab;
    private final RunContext context;

    /**
     * Mean scores, how often each head scored at all, runs that counted, all runs.
     *
     * @param mean [layers][heads]
     * @param active [layers][heads], share of the counted runs with a score above zero
     */
    public record Scores(double[][] mean, double[][] active, int counted, int runs) {}

    public RetrievalHeadProbe(RetrievalHeadConfig config, Model subject, int vocab, RunContext context) {
        this.c = config;
        this.model = new WatchedDecoding(subject);
        this.vocab = vocab;
        this.context = context;
    }

    /** The examples, a pure function of the configuration and the context's seed. */
    public List<Haystack> haystacks() {
        List<Haystack> out = new ArrayList<>();
        for (int set = 0; set < c.haystacks().sets(); set++) {
            for (int length : c.haystacks().lengths()) {
                for (double depth : c.haystacks().depths()) {
                    Draws d = context.draws().at("haystack." + set + "." + length + "." + depth);
                    out.add(Haystack.draw(d, length, depth, c.haystacks().needle(), vocab));
                }
            }
        }
        return out;
    }

    public Scores scores() {
        List<Haystack> all = haystacks();
        double[][] sum = new double[model.layers()][];
        double[][] active = new double[model.layers()][];
        int counted = 0;
        for (int i = 0; i < all.size(); i++) {
            context.checkCancelled();
            context.progress(0.5 * i / all.size(), "haystack " + (i + 1) + " of " + all.size());
            Haystack h = all.get(i);
            WatchedDecoding.Answer a = model.run(h.prompt(), c.haystacks().needle(), Set.of());
            double[][] g = RetrievalScore.of(
                            h.prompt().select(0, 0),
                            a.attention(),
                            Tensor.of(a.tokens(), a.tokens().length),
                            h.from(),
                            h.to(),
                            OptionalLong.empty(),
                            c.countRepeats())
                    .score();
            boolean right = h.recall(a.tokens()) > RIGHT;
            counted += right ? 1 : 0;
            for (int l = 0; l < g.length; l++) {
                sum[l] = sum[l] == null ? new double[g[l].length] : sum[l];
                active[l] = active[l] == null ? new double[g[l].length] : active[l];
                for (int k = 0; k < g[l].length; k++) {
                    sum[l][k] += right ? g[l][k] : 0;
                    active[l][k] += right && g[l][k] > 0 ? 1 : 0;
                }
            }
        }
        return new Scores(divided(sum, counted), divided(active, counted), counted, all.size());
    }

    private static double[][] divided(double[][] sum, int n) {
        for (double[] row : sum) {
            for (int i = 0; i < row.length; i++) {
                row[i] = n == 0 ? 0 : row[i] / n;
            }
        }
        return sum;
    }

    /** Share of haystacks answered right with these heads silent. */
    double accuracy(Set<Head> masked) {
        return haystacks().stream().mapToInt(h -> right(h, masked)).average().orElse(0);
    }

    private int right(Haystack h, Set<Head> masked) {
        context.checkCancelled();
        return h.recall(model.run(h.prompt(), c.haystacks().needle(), masked).tokens()) > RIGHT ? 1 : 0;
    }

    /** All heads, best first; ties in order of the model. */
    public static List<Head> ranked(Scores s) {
        List<Head> out = new ArrayList<>();
        for (int l = 0; l < s.mean().length; l++) {
            for (int h = 0; h < s.mean()[l].length; h++) {
                out.add(new Head(l, h));
            }
        }
        out.sort(Comparator.comparingDouble(h -> -s.mean()[h.layer()][h.index()]));
        return out;
    }

    /** k random heads none of which is among the {@code excluded} best. */
    public static Set<Head> random(List<Head> ranked, int excluded, int k, Draws draws) {
        List<Head> rest = ranked.subList(Math.min(excluded, ranked.size()), ranked.size());
        Set<Head> out = new HashSet<>();
        for (long i :
                draws.subset("random", Math.min(k, rest.size()), rest.size()).toLongs()) {
            out.add(rest.get((int) i));
        }
        return out;
    }

    public Report report() {
        Scores s = scores();
        List<Head> ranked = ranked(s);
        long strong = ranked.stream()
                .filter(h -> s.mean()[h.layer()][h.index()] >= c.threshold())
                .count();
        double[] x = new double[c.masked().size() + 1];
        double[] best = new double[x.length];
        double[] other = new double[x.length];
        best[0] = accuracy(Set.of());
        other[0] = best[0];
        for (int i = 1; i < x.length; i++) {
            int k = c.masked().get(i - 1);
            x[i] = k;
            context.progress(0.5 + 0.5 * i / x.length, "masking " + k + " heads");
            best[i] = accuracy(new HashSet<>(ranked.subList(0, Math.min(k, ranked.size()))));
            other[i] = accuracy(random(ranked, (int) Math.max(strong, k), k, context.draws()));
        }
        List<Block.Line> lines = List.of(line("retrieval heads", x, best), line("random heads", x, other));
        return report(s, ranked, strong / (double) ranked.size(), lines);
    }

    private Report report(Scores s, List<Head> ranked, double share, List<Block.Line> lines) {
        double[][] g = s.mean();
        double right = s.counted() / (double) s.runs();
        double best = lines.get(0).y()[lines.get(0).y().length - 1];
        double other = lines.get(1).y()[lines.get(1).y().length - 1];
        List<Block> blocks = List.of(
                new Block.HeatMap("Retrieval score", "head", "layer", labels(g.length), labels(g[0].length), g),
                new Block.Scalar("Heads from " + c.threshold() + " on", share, "of all heads", "below 0.05"),
                new Block.Scalar("Haystacks answered right", right, "of " + s.runs(), ""),
                table(s, ranked),
                new Block.Curves("Needle accuracy", "heads masked", "accuracy", false, false, lines));
        List<Report.Measured> claims = List.of(
                claim("claim-1", percent(share) + " of heads", "below 5% of heads", right > 0 && share < 0.25),
                claim("claim-2", percent(best) + " against " + percent(other), "far below random", best < other));
        return new Report("Retrieval heads", blocks, claims);
    }

    private Report.Measured claim(String id, String ours, String paper, boolean holds) {
        List<Long> seeds = List.of(context.draws().seed());
        return new Report.Measured(id, ours, paper, seeds, holds, "zoo probe retrieval-head");
    }

    private static Block.Line line(String name, double[] x, double[] y) {
        return new Block.Line(name, x, y, new double[0], new double[0], Double.NaN);
    }

    private static Block.Table table(Scores s, List<Head> ranked) {
        List<List<String>> rows = ranked.stream()
                .limit(10)
                .map(h -> List.of(
                        "layer " + h.layer() + " head " + h.index(),
                        percent(s.mean()[h.layer()][h.index()]),
                        percent(s.active()[h.layer()][h.index()])))
                .toList();
        return new Block.Table("Best heads", List.of("head", "mean score", "active in"), rows);
    }

    private static List<String> labels(int n) {
        return IntStream.range(0, n).mapToObj(Integer::toString).toList();
    }

    private static String percent(double v) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * v);
    }
}
