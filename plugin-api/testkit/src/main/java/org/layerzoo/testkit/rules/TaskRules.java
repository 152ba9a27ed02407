package org.layerzoo.testkit.rules;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What holds of tasks: batches are a pure function of seed, split and index; splits are disjoint; the oracle is right. */
final class TaskRules {
    private static final int SIZE = 16;

    private TaskRules() {}

    static <C extends Record> List<Rules.Named> of(TaskProvider<C> p, long seed) {
        C tiny = p.defaults(Size.TINY);
        return List.of(
                new Rules.Named("batches are reproducible", () -> reproducible(p, tiny, seed)),
                new Rules.Named("splits are disjoint", () -> disjoint(p.create(tiny, seed))),
                new Rules.Named("oracle", () -> oracle(p.create(tiny, seed))));
    }

    private static <C extends Record> String reproducible(TaskProvider<C> p, C config, long seed) {
        Task a = p.create(config, seed);
        Task b = p.create(config, seed);
        b.batch(Task.Split.TRAIN, 7, SIZE);
        Tensors first = a.batch(Task.Split.TRAIN, 3, SIZE);
        Expect.sameBits("batch 3 of two tasks of one seed", b.batch(Task.Split.TRAIN, 3, SIZE), first);
        Tensors other = p.create(config, seed + 1).batch(Task.Split.TRAIN, 3, SIZE);
        Expect.isTrue(
                rows(first).stream().noneMatch(rows(other)::contains)
                        || !rows(first).equals(rows(other)),
                "another seed gives the same batch");
        a.batch()
                .forEach(port -> Expect.isTrue(
                        first.has(port.name()),
                        "declared port '" + port.name() + "' is not in the batch " + first.names()));
        return first.names().toString();
    }

    private static String disjoint(Task t) {
        Set<String> train = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            train.addAll(rows(t.batch(Task.Split.TRAIN, i, SIZE)));
        }
        for (Task.Split split : List.of(Task.Split.VALID, Task.Split.TEST)) {
            for (int i = 0; i < 4; i++) {
                for (String row : rows(t.batch(split, i, SIZE))) {
                    Expect.isTrue(!train.contains(row), "a sample of " + split + " is also in TRAIN");
                }
            }
        }
        return train.size() + " training samples looked at";
    }

    /** Samples spelt out: a hash of zeros and ones alone would take different samples for the same. */
    private static Set<String> rows(Tensors batch) {
        Set<String> out = new HashSet<>();
        int n = batch.asMap().firstEntry().getValue().dim(0);
        for (int i = 0; i < n; i++) {
            StringBuilder key = new StringBuilder();
            for (Tensor t : batch.tensors()) {
                key.append(Arrays.toString(t.rows(i, i + 1).toDoubles())).append(':');
            }
            out.add(key.toString());
        }
        return out;
    }

    private static String oracle(Task t) {
        Tensors batch = t.batch(Task.Split.VALID, 0, SIZE);
        Optional<Tensor> answer = t.oracle(batch);
        if (answer.isEmpty()) {
            return "none";
        }
        Metric m = t.metrics().getFirst();
        double v = m.of(Tensors.of("y", answer.get()), batch).value();
        Expect.isTrue(v == (m.ascending() ? 1.0 : 0.0), "the oracle scores " + v + " in " + m.name());
        Expect.isTrue(t.chance() < 1, "chance level " + t.chance() + " leaves nothing to learn");
        return m.name() + " " + v;
    }
}
