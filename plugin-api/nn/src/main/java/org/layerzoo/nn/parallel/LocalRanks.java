package org.layerzoo.nn.parallel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.spi.Collectives;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Ranks as threads of this process, each with its own tape. A send never waits, a receive does; a rank that fails takes
 * the others with it instead of leaving them waiting.
 */
public final class LocalRanks {
    /** A rank that waits longer than this for another one has lost it. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final int size;
    private final List<List<BlockingQueue<Tensor>>> wires = new ArrayList<>();
    private final CyclicBarrier barrier;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private LocalRanks(int size) {
        this.size = size;
        this.barrier = new CyclicBarrier(size);
        for (int from = 0; from < size; from++) {
            List<BlockingQueue<Tensor>> row = new ArrayList<>();
            for (int to = 0; to < size; to++) {
                row.add(new LinkedBlockingQueue<>());
            }
            wires.add(row);
        }
    }

    /** Runs {@code body} once a rank and answers the results in order of rank. @throws RuntimeException the first failure of a rank */
    public static <T> List<T> run(int size, Function<Collectives, T> body) {
        LocalRanks ranks = new LocalRanks(size);
        OpInterpreter interpreter = Exec.current();
        List<T> results = new ArrayList<>(java.util.Collections.nCopies(size, null));
        List<Thread> threads = new ArrayList<>();
        for (int r = 0; r < size; r++) {
            Rank rank = ranks.new Rank(r);
            threads.add(Thread.ofPlatform().name("rank-" + r).start(() -> {
                try {
                    results.set(rank.rank, Exec.with(interpreter, () -> body.apply(rank)));
                } catch (Throwable e) {
                    ranks.failure.compareAndSet(null, e);
                }
            }));
        }
        for (Thread t : threads) {
            join(t);
        }
        Throwable e = ranks.failure.get();
        if (e instanceof RuntimeException x) {
            throw x;
        }
        if (e != null) {
            throw new IllegalStateException("a rank failed: " + e, e);
        }
        return results;
    }

    private static void join(Thread t) {
        try {
            t.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ZooException(ErrorCode.CANCELLED, "interrupted while waiting for " + t.getName(), e);
        }
    }

    private final class Rank implements Collectives {
        private final int rank;
        private long messages;
        private long bytes;

        Rank(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public Tensor send(Tensor t, int to) {
            return Ops.custom(
                            "send",
                            List.of(t),
                            in -> {
                                post(in.getFirst(), to);
                                return List.of(in.getFirst().view(t.shape()));
                            },
                            b -> {
                                Tensor back = take(to);
                                b.add(0, () -> b.grad(0).add(back));
                            })
                    .getFirst();
        }

        @Override
        public Tensor receive(int from, Shape shape) {
            Tensor t = take(from);
            if (!t.shape().equals(shape)) {
                throw ZooException.badShape(
                        "rank " + rank + " expected " + shape + " from rank " + from + ", given " + t.shape());
            }
            return Ops.one(
                    new Primitive.Custom(
                            "receive", in -> List.of(in.getFirst().view(shape)), b -> post(b.grad(0), from), true),
                    t);
        }

        private void post(Tensor t, int to) {
            messages++;
            bytes += t.spec().bytes();
            wires.get(rank).get(to).add(t);
        }

        private Tensor take(int from) {
            try {
                long end = System.nanoTime() + PATIENCE.toNanos();
                while (failure.get() == null && System.nanoTime() < end) {
                    Tensor t = wires.get(from).get(rank).poll(20, TimeUnit.MILLISECONDS);
                    if (t != null) {
                        return t;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new ZooException(ErrorCode.CANCELLED, "rank " + rank + " waited in vain for rank " + from);
        }

        @Override
        public Tensor allToAll(Tensor t, int cut, int join) {
            int n = t.dim(cut) / size;
            if (n * size != t.dim(cut)) {
                throw ZooException.badShape(
                        "all-to-all: axis " + cut + " of " + t.shape() + " does not divide into " + size + " ranks");
            }
            return collective(
                    "all-to-all", t, x -> Ops.concat(join, exchange(r -> x.slice(cut, r * n, (r + 1) * n))), g -> {
                        int m = g.dim(join) / size;
                        return Ops.concat(cut, exchange(r -> g.slice(join, r * m, (r + 1) * m)));
                    });
        }

        @Override
        public Tensor allGather(Tensor t, int axis) {
            int n = t.dim(axis);
            return collective(
                    "all-gather",
                    t,
                    x -> Ops.concat(axis, exchange(r -> x)),
                    g -> sum(exchange(r -> g.slice(axis, r * n, (r + 1) * n))));
        }

        @Override
        public Tensor reduceScatter(Tensor t, int axis) {
            int n = t.dim(axis) / size;
            return collective(
                    "reduce-scatter",
                    t,
                    x -> sum(exchange(r -> x.slice(axis, r * n, (r + 1) * n))),
                    g -> Ops.concat(axis, exchange(r -> g)));
        }

        @Override
        public Tensor allReduce(Tensor t) {
            return collective("all-reduce", t, x -> sum(exchange(r -> x)), g -> sum(exchange(r -> g)));
        }

        private Tensor collective(
                String name, Tensor t, Function<Tensor, Tensor> forward, Function<Tensor, Tensor> backward) {
            return Ops.custom(name, List.of(t), in -> List.of(forward.apply(in.getFirst())), b -> {
                        // Every rank takes part, wanted or not.
                        Tensor g = backward.apply(b.grad(0));
                        b.add(0, () -> g);
                    })
                    .getFirst();
        }

        /** Sends a piece to every rank and answers those that came, in order of rank. */
        private List<Tensor> exchange(Function<Integer, Tensor> piece) {
            for (int r = 0; r < size; r++) {
                if (r != rank) {
                    post(piece.apply(r), r);
                }
            }
            List<Tensor> out = new ArrayList<>();
            for (int r = 0; r < size; r++) {
                out.add(r == rank ? piece.apply(r) : take(r));
            }
            return out;
        }

        /** In order of rank, so that every rank gets the same bits. */
        private static Tensor sum(List<Tensor> parts) {
            Tensor s = parts.getFirst();
            for (Tensor p : parts.subList(1, parts.size())) {
                s = s.add(p);
            }
            return s;
        }

        @Override
        public void barrier() {
            try {
                barrier.await(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new ZooException(ErrorCode.CANCELLED, "rank " + rank + " waited in vain at a barrier", e);
            }
        }

        @Override
        public Counters counters() {
            return new Counters(messages, bytes);
        }
    }
}
