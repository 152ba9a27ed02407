package org.layerzoo.testkit.rules;

import java.util.List;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.RuntimeProvider;
import org.layerzoo.core.spi.Size;

/** What holds of sequence schedules: a plan has a row for every rank, its idle fraction is what its steps show. */
final class RuntimeRules {
    private RuntimeRules() {}

    static <C extends Record> List<Rules.Named> of(RuntimeProvider<C> p) {
        return List.of(new Rules.Named("plan", () -> plan(p)));
    }

    private static <C extends Record> String plan(RuntimeProvider<C> p) {
        if (!(p.create(p.defaults(Size.TINY), RunContext.quiet(1)) instanceof RuntimeProvider.SequenceSchedule s)) {
            return "no schedule";
        }
        for (int ranks : List.of(1, 2, 3, 4, 8)) {
            RuntimeProvider.Plan plan = s.plan(ranks, 64);
            long idle = 0;
            for (List<String> step : plan.steps()) {
                Expect.isTrue(step.size() == ranks, "a step lists " + step.size() + " of " + ranks + " ranks");
                idle += step.stream().filter("-"::equals).count();
            }
            double shown = idle / (double) (plan.steps().size() * ranks);
            Expect.isTrue(
                    Math.abs(shown - plan.idleFraction()) < 1e-9,
                    "the steps show " + shown + " idle, the plan says " + plan.idleFraction());
            Expect.isTrue(
                    plan.bytesSent().length == ranks,
                    "bytes for " + plan.bytesSent().length + " of " + ranks + " ranks");
        }
        return "1 to 8 ranks";
    }
}
