package org.layerzoo.plugins.mamba360;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.mamba360.check.Mamba360Checks;
import org.pf4j.Extension;

/**
 * State space models under three paradigms (structural, gating, recurrent), with one comparison: time and bytes against
 * length in both forms, recall and copying, impulse response and memory length, stability after training.
 */
@Extension
public final class Mamba360Provider implements CollectionProvider<Mamba360Config> {
    private static final String COMMAND = "zoo compare mamba-360";

    @Override
    public Class<Mamba360Config> config() {
        return Mamba360Config.class;
    }

    @Override
    public Mamba360Config defaults(Size size) {
        return switch (size) {
            case TINY ->
                new Mamba360Config(8, 4, List.of(32, 64), 1, 16, new Mamba360Config.Tests(16, 16, 2, 2, 1, 3, 4, 3e-3));
            case TEST ->
                new Mamba360Config(
                        32,
                        16,
                        List.of(256, 512, 1024, 2048),
                        5,
                        64,
                        new Mamba360Config.Tests(32, 32, 4, 2, 2, 200, 16, 3e-3));
            case PAPER ->
                new Mamba360Config(
                        128,
                        64,
                        List.of(1024, 2048, 4096, 8192, 16384),
                        9,
                        256,
                        new Mamba360Config.Tests(8192, 256, 32, 2, 2, 20000, 64, 1e-3));
        };
    }

    @Override
    public Taxonomy taxonomy() {
        return Survey.taxonomy();
    }

    @Override
    public List<Member> members() {
        return Survey.members();
    }

    @Override
    public Report compare(Mamba360Config c, Catalog present, RunContext context) {
        Contenders contenders = new Contenders(c, present);
        Scaling scaling = new Scaling(c, contenders, context);
        context.progress(0.25, "impulse responses");
        List<Block> memory = Memory.blocks(c, contenders, context);
        Recall recall = new Recall(c, contenders, context);
        List<Block> blocks = new ArrayList<>(
                List.of(new Block.Table("Members", Survey.columns(), Survey.rows(contenders::presence))));
        blocks.addAll(scaling.blocks());
        blocks.addAll(recall.blocks());
        blocks.addAll(memory);
        context.progress(1, "done");
        return new Report(taxonomy().title(), blocks, List.of(exponents(scaling, context), ranking(recall, context)));
    }

    private static Report.Measured exponents(Scaling s, RunContext context) {
        String ours = s.series().entrySet().stream()
                .map(e -> String.format(
                        Locale.ROOT, "%s %.2f", e.getKey(), e.getValue().timeSlope()))
                .collect(Collectors.joining(", "));
        boolean holds = s.series().values().stream().allMatch(x -> Math.abs(x.timeSlope() - 1) <= 0.15);
        return new Report.Measured(
                "claim-1",
                ours,
                "1.0 for scans, 1.0 to 1.1 for FFT forms",
                List.of(context.draws().seed()),
                holds,
                COMMAND);
    }

    private static Report.Measured ranking(Recall r, RunContext context) {
        Map<String, Recall.Outcome> o = r.outcomes();
        double softmax = o.get("softmax").recall();
        double selective = DoubleStream.concat(
                        DoubleStream.of(o.get("s6").recall()),
                        o.entrySet().stream()
                                .filter(e -> e.getKey().equals("mamba"))
                                .mapToDouble(e -> e.getValue().recall()))
                .max()
                .orElseThrow();
        double invariant = List.of("s4d", "s5", "lru").stream()
                .mapToDouble(n -> o.get(n).recall())
                .max()
                .orElseThrow();
        String ours = String.format(
                Locale.ROOT, "softmax %.3f, input-dependent %.3f, time-invariant %.3f", softmax, selective, invariant);
        return new Report.Measured(
                "claim-2",
                ours,
                "softmax > input-dependent > time-invariant",
                List.of(context.draws().seed()),
                softmax > selective && selective > invariant,
                COMMAND);
    }

    @Override
    public List<Check> checks() {
        return Mamba360Checks.all();
    }
}
