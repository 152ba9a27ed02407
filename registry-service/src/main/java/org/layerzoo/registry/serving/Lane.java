package org.layerzoo.registry.serving;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;

/**
 * The queue of one deployment's process. Each of its workers takes the oldest request, waits a little for others of the same
 * shape, has them computed in one go and gives each its rows. When a computation of several fails, each is computed alone, so
 * that a bad one fails by itself.
 */
final class Lane implements AutoCloseable {
    /** Beyond the time that a computation has: then its process has ended itself. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Endpoint endpoint;
    private final ServingMetrics.Of metrics;
    private final Deque<Pending> queue = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Thread> workers = new ArrayList<>();
    private boolean closed;

    Lane(Endpoint endpoint, ServingMetrics.Of metrics) {
        this.endpoint = endpoint;
        this.metrics = metrics;
        for (int i = 0; i < endpoint.limits().getConcurrency(); i++) {
            workers.add(Thread.ofVirtual().name("lane-" + endpoint.name()).start(this::work));
        }
        metrics.queue(this::waiting);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Puts a request into the queue. @throws ProblemException OVERLOADED when the queue is full */
    Pending submit(List<TensorData> inputs, Duration patience) {
        long now = System.nanoTime();
        String key = key(inputs);
        int rows = key.isEmpty() ? 1 : (int) inputs.getFirst().rows();
        var pending = new Pending(inputs, key, rows, now, now + patience.toNanos(), new CompletableFuture<>());
        lock.lock();
        try {
            if (closed) {
                throw gone("its process was replaced");
            }
            queue.removeIf(p -> !p.wanted());
            if (queue.size() >= endpoint.limits().getQueue()) {
                throw new ProblemException(
                        ProblemCode.OVERLOADED,
                        queue.size() + " requests wait for '" + endpoint.name() + "' already: try again later");
            }
            queue.addLast(pending);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return pending;
    }

    /** Nobody waits for this one any more. */
    void forget(Pending pending) {
        pending.answer().cancel(false);
        lock.lock();
        try {
            queue.remove(pending);
        } finally {
            lock.unlock();
        }
    }

    /** Names, types and shapes but for the rows; empty where rows of several requests must not meet. */
    private String key(List<TensorData> inputs) {
        ModelSchema model = endpoint.model().orElseThrow();
        boolean joins = model.batches()
                && !inputs.isEmpty()
                && inputs.stream()
                        .allMatch(t -> model.input(t.name())
                                        .filter(ModelSchema.Port::rowsFirst)
                                        .isPresent()
                                && t.shape().size() > 1
                                && t.rows() == inputs.getFirst().rows()
                                && t.rows() > 0);
        if (!joins) {
            return "";
        }
        var key = new StringBuilder();
        for (TensorData t : inputs) {
            key.append(t.name().length()).append(t.name()).append(t.datatype());
            key.append(t.shape().subList(1, t.shape().size()));
        }
        return key.toString();
    }

    private void work() {
        Optional<ChildConnection> connection = Optional.empty();
        try {
            while (true) {
                List<Pending> batch = take();
                connection = serve(batch, connection);
            }
        } catch (InterruptedException e) {
            // closed
        } finally {
            connection.ifPresent(ChildConnection::close);
        }
    }

    private List<Pending> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                queue.removeIf(p -> !p.wanted());
                if (queue.isEmpty()) {
                    changed.await();
                    continue;
                }
                Pending first = queue.peekFirst();
                long opens = first.enqueuedAt()
                        + TimeUnit.MILLISECONDS.toNanos(endpoint.limits().getMaxDelayMillis());
                long left = opens - System.nanoTime();
                if (first.key().isEmpty()
                        || left <= 0
                        || rowsLike(first) >= endpoint.limits().getMaxBatch()) {
                    return gather(first);
                }
                changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private int rowsLike(Pending first) {
        return queue.stream()
                .filter(p -> p.key().equals(first.key()))
                .mapToInt(Pending::rows)
                .sum();
    }

    /** Takes the first and those that may go with it, in their order, up to the limit of rows. */
    private List<Pending> gather(Pending first) {
        var batch = new ArrayList<Pending>(List.of(queue.removeFirst()));
        int rows = first.rows();
        for (Iterator<Pending> rest = queue.iterator(); !first.key().isEmpty() && rest.hasNext(); ) {
            Pending next = rest.next();
            if (next.key().equals(first.key())
                    && rows + next.rows() <= endpoint.limits().getMaxBatch()) {
                rows += next.rows();
                batch.add(next);
                rest.remove();
            }
        }
        return batch;
    }

    /** Computes the batch and answers the connection that serves the next one. */
    private Optional<ChildConnection> serve(List<Pending> batch, Optional<ChildConnection> used) {
        metrics.batch(batch, System.nanoTime());
        Optional<ChildConnection> connection = used;
        try {
            ChildConnection open = used.isPresent() ? used.get() : ChildConnection.open(endpoint);
            connection = Optional.of(open);
            compute(batch, open);
            return connection;
        } catch (IOException e) {
            connection.ifPresent(ChildConnection::close);
            batch.forEach(p -> p.answer().completeExceptionally(gone("its process does not answer")));
            return Optional.empty();
        } catch (RuntimeException e) {
            connection.ifPresent(ChildConnection::close);
            batch.forEach(p -> p.answer().completeExceptionally(e));
            return Optional.empty();
        }
    }

    private ProblemException gone(String why) {
        return new ProblemException(
                ProblemCode.DEPLOYMENT_NOT_READY,
                "deployment '" + endpoint.name() + "' is being started anew: " + why + "; try again in a moment");
    }

    private void compute(List<Pending> batch, ChildConnection connection) throws IOException {
        try {
            List<TensorData> outputs = ask(connection, Batches.join(batch));
            Batches.split(batch, outputs);
        } catch (ProblemException e) {
            if (batch.size() == 1) {
                batch.getFirst().answer().completeExceptionally(e);
                return;
            }
            for (Pending one : batch) {
                if (one.wanted()) {
                    compute(List.of(one), connection);
                }
            }
        }
    }

    private List<TensorData> ask(ChildConnection connection, List<TensorData> inputs) throws IOException {
        connection.patience(
                Duration.ofMillis(endpoint.limits().getRequestMillis()).plus(GRACE));
        connection.send(
                ModelAnswer.question("infer", inputs),
                inputs.stream().map(TensorData::data).toList());
        return ModelAnswer.outputs(connection.receive());
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.forEach(p -> p.answer().completeExceptionally(gone("its process was replaced")));
            queue.clear();
        } finally {
            lock.unlock();
        }
        workers.forEach(Thread::interrupt);
    }
}
