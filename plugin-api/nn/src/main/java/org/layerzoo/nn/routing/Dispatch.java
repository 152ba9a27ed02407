package org.layerzoo.nn.routing;

import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Indices;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Tokens sent by a router to k of M groups (memories, experts) and laid end to end: first all of group 0, sequence by sequence, then
 * group 1, ..., in order of time within each; R = tokens times k rows in all.
 *
 * @param token I64 [R], which of the B T tokens a row is
 * @param bounds I64 [M S + 1] of the samples, one for each group and sequence
 * @param back I64 [R], the row of each (token, choice)
 * @param weight [R] of the router, 0 for what was dropped
 * @param groups M, or M + 1 where the last takes what was dropped
 * @param choices k
 */
public record Dispatch(
        Tensor token, Tensor bounds, Tensor back, Tensor weight, int groups, int sequences, int choices) {
    /** Each token's k largest probabilities, summing to 1, and their groups: [B, T, k]. */
    public record Choice(Tensor weight, Tensor group) {
        public static Choice of(Tensor probabilities, int k) {
            var top = Ops.topK(probabilities, k, -1, Primitive.TopKOrder.BY_VALUE);
            return new Choice(top.getFirst().div(top.getFirst().sumKeep(-1)), top.getLast());
        }
    }

    /**
     * Sorts the choices of all tokens.
     *
     * @param sequence I64 [B T], which sequence a token belongs to
     * @param most I64 [sequences], rows of each of its samples that are kept, the last ones; absent for all
     * @param pads BOOL [B T], tokens that go to no group
     */
    public static Dispatch of(
            Choice c, Tensor sequence, int sequences, int m, Optional<Tensor> most, Optional<Tensor> pads) {
        int k = c.group().dim(2);
        int rows = Math.toIntExact(c.group().size());
        Tensor of = each(sequence, k);
        Tensor group = c.group().reshape(rows);
        Tensor weight = c.weight().reshape(rows);
        Optional<Tensor> nowhere = pads.map(p -> each(p, k));
        Dispatch all = without(nowhere, group, of, weight, k, sequences, m);
        if (most.isEmpty()) {
            return all;
        }
        // Rows behind this one in its sample.
        Tensor place = Ops.indexSelect(Ops.iota(DType.I64, rows), 0, all.back);
        Tensor end = Ops.indexSelect(
                all.bounds, 0, group.mul(number(sequences)).add(of).add(number(1)));
        Tensor late = end.sub(place).gt(Ops.indexSelect(most.get(), 0, of));
        return without(Optional.of(nowhere.map(late::or).orElse(late)), group, of, weight, k, sequences, m);
    }

    /** Of each token, for each of its k choices. */
    private static Tensor each(Tensor tokens, int k) {
        return tokens.unsqueeze(1).expand(tokens.dim(0), k).reshape(tokens.dim(0) * k);
    }

    /** Sorted, with what is dropped in a last group of weight 0. */
    private static Dispatch without(
            Optional<Tensor> dropped, Tensor group, Tensor of, Tensor weight, int k, int sequences, int m) {
        return dropped.map(d -> sorted(
                        Ops.where(d, number(m), group),
                        of,
                        Ops.where(d, Ops.zerosLike(weight), weight),
                        k,
                        sequences,
                        m + 1))
                .orElseGet(() -> sorted(group, of, weight, k, sequences, m));
    }

    private static Dispatch sorted(Tensor group, Tensor of, Tensor weight, int k, int sequences, int groups) {
        Tensor sample = group.mul(number(sequences)).add(of);
        Tensor order = Ops.argSort(sample, 0, false);
        Tensor counts = Ops.bincount(sample, groups * sequences);
        return new Dispatch(
                Ops.floorDiv(order, number(k)),
                Ops.padZero(Ops.cumsum(counts, 0), 0, 1, 0),
                Indices.inversePermutation(order, 0),
                Ops.indexSelect(weight, 0, order),
                groups,
                sequences,
                k);
    }

    /** The same with the rows of each sample in the order in which they come in {@code first}, I64 [R], instead of that of time. */
    public Dispatch ordered(Tensor first) {
        // Where each (token, choice) lies now tells its sample.
        Tensor sample = Ops.searchSorted(bounds, Ops.indexSelect(back, 0, first), true);
        Tensor order = Ops.indexSelect(first, 0, Ops.argSort(sample, 0, false));
        Tensor original = Ops.indexSelect(weight, 0, back);
        return new Dispatch(
                Ops.floorDiv(order, number(choices)),
                bounds,
                Indices.inversePermutation(order, 0),
                Ops.indexSelect(original, 0, order),
                groups,
                sequences,
                choices);
    }

    private static Tensor number(long n) {
        return Tensor.of(new long[] {n}, 1);
    }

    /** Rows x [B T, C] of the tokens as they lie in the samples, [R, C]. */
    public Tensor rows(Tensor x) {
        return Ops.indexSelect(x, 0, token);
    }

    /** Weighed rows [R, C] summed for each of the tokens, [B T, C]. */
    public Tensor combined(Tensor rows) {
        Tensor own = Ops.indexSelect(rows.mul(weight.unsqueeze(1)), 0, back);
        return own.reshape(rows.dim(0) / choices, choices, rows.dim(1)).sum(1);
    }

    /** Rows of the longest sample, at least 1; all rows while the bounds have no numbers. */
    public int longest() {
        if (bounds.isAbstract()) {
            return token.dim(0);
        }
        long[] at = bounds.toLongs();
        return Math.max(
                1,
                Math.toIntExact(IntStream.range(1, at.length)
                        .mapToLong(i -> at[i] - at[i - 1])
                        .max()
                        .orElse(0)));
    }

    /** Bounds I64 [groups + 1] of the groups' rows. */
    public Tensor groupBounds() {
        return Ops.slice(bounds, 0, 0, bounds.dim(0), sequences);
    }
}
