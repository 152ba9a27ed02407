package org.layerzoo.runner.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model that answers requests: whole sequences at once, or streams token by token. Safe for many threads. */
public final class ServedModel implements AutoCloseable {
    private static final int MAX_RANK = 16;

    private final Model model;
    private final OpInterpreter backend;
    private final DType dtype;
    private final Check check;
    private final Semaphore slots;
    private final Sessions sessions;
    private final Overdue overdue;

    /** Adds everything that is wrong with inputs to a list. */
    @FunctionalInterface
    public interface Check {
        void check(Tensors in, List<String> wrong);
    }

    /** @param dtype the type in which floating inputs are computed */
    public ServedModel(Model model, OpInterpreter backend, DType dtype, Check check, ServeLimits limits) {
        this.model = model;
        this.backend = backend;
        this.dtype = dtype;
        this.check = check;
        this.slots = new Semaphore(limits.concurrency(), true);
        this.sessions = new Sessions(limits.sessions(), limits.idle());
        this.overdue = new Overdue(limits.request(), Overdue.halt(limits.request()));
    }

    /** Whether streams can be opened. */
    public boolean streams() {
        return model.layer() instanceof Streaming
                && model.signature().contract().streaming() != Contract.StreamLaw.NONE;
    }

    /** Answers one request with one or more frames. @throws ServeException when it cannot be answered */
    void answer(Wire.Frame request, Consumer<Wire.Frame> reply) throws InterruptedException {
        String op = request.head().path("op").asString("");
        switch (op) {
            case "infer" -> reply.accept(infer(request));
            case "open" -> reply.accept(open(request.head().path("batch").asInt(1)));
            case "step" -> step(request, reply);
            case "close" -> reply.accept(close(request.head().path("session").asString("")));
            case "sessions" -> reply.accept(Wire.Frame.of(Wire.head().put("sessions", sessions.count())));
            default -> throw new ServeException("bad-input", "no operation is called '" + op + "'");
        }
    }

    private <T> T computed(Supplier<T> computation) throws InterruptedException {
        slots.acquire();
        try {
            return overdue.watched(() -> Exec.with(backend, computation));
        } catch (ZooException e) {
            throw refusal(e);
        } finally {
            slots.release();
        }
    }

    private static ServeException refusal(ZooException e) {
        String code =
                switch (e.code()) {
                    case OUT_OF_MEMORY -> "out-of-memory";
                    case UNSUPPORTED -> "unsupported";
                    default -> e.code().exitCode() == ErrorCode.BAD_SHAPE.exitCode() ? "bad-input" : "failed";
                };
        return new ServeException(code, e.getMessage().strip().replaceAll("\\s*\\R\\s*", " / "));
    }

    private Wire.Frame infer(Wire.Frame request) throws InterruptedException {
        return computed(() -> TensorScope.use(() -> {
            Tensors in = inputs(request);
            return frame(model.forward(in, Call.eval()).ready());
        }));
    }

    private Tensors inputs(Wire.Frame request) {
        Map<String, Tensor> in = new LinkedHashMap<>();
        long at = 0;
        for (JsonNode input : request.head().path("inputs")) {
            Datatype type = Datatype.named(input.path("datatype").asString(""));
            Shape shape = shape(input.path("shape"));
            if (at + type.bytes(shape) > request.body().length) {
                throw new ServeException("bad-input", "the body ends inside of input " + input.path("name"));
            }
            in.put(input.path("name").asString(""), type.read(request.body(), at, shape));
            at += type.bytes(shape);
        }
        if (at != request.body().length) {
            throw new ServeException("bad-input", "the inputs take " + at + " bytes, given " + request.body().length);
        }
        Tensors fitting = Tensors.of(in);
        List<String> wrong = new ArrayList<>();
        check.check(fitting, wrong);
        if (!wrong.isEmpty()) {
            throw new ServeException("bad-input", String.join("; ", wrong));
        }
        Map<String, Tensor> cast = new LinkedHashMap<>();
        in.forEach((name, t) -> cast.put(name, t.cast(type(name, t))));
        return Tensors.of(cast);
    }

    private DType type(String name, Tensor t) {
        return model.signature()
                .input(name)
                .map(Port::dtype)
                .map(d -> d.isFloating() ? dtype : d)
                .orElse(t.dtype());
    }

    private static Shape shape(JsonNode json) {
        int[] dims = new int[json.size()];
        if (dims.length > MAX_RANK) {
            throw new ServeException("bad-input", "expected at most " + MAX_RANK + " axes, given " + dims.length);
        }
        long size = 1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = json.get(i).asInt(-1);
            size *= Math.max(dims[i], 0);
            if (dims[i] < 0 || size > Wire.MAX_BODY) {
                throw new ServeException("bad-input", "expected a shape that a request can hold, given " + json);
            }
        }
        return Shape.of(dims);
    }

    private static Wire.Frame frame(Tensors out) {
        ObjectNode head = Wire.head();
        ArrayNode outputs = head.putArray("outputs");
        long bytes =
                out.asMap().values().stream().mapToLong(t -> t.spec().bytes()).sum();
        if (bytes > Wire.MAX_BODY) {
            throw new ServeException("too-large", "the outputs have " + bytes + " bytes, allowed are " + Wire.MAX_BODY);
        }
        byte[] body = new byte[(int) bytes];
        int at = 0;
        for (var entry : out.asMap().entrySet()) {
            Tensor t = entry.getValue();
            ObjectNode o = outputs.addObject();
            o.put("name", entry.getKey()).put("datatype", Datatype.of(t.dtype()).name());
            ArrayNode shape = o.putArray("shape");
            for (int d : t.shape().dims()) {
                shape.add(d);
            }
            byte[] raw = Datatype.write(t);
            System.arraycopy(raw, 0, body, at, raw.length);
            at += raw.length;
        }
        return new Wire.Frame(head, body);
    }

    private Wire.Frame open(int batch) throws InterruptedException {
        if (!streams()) {
            throw new ServeException("unsupported", "'" + model.id() + "' declares no streaming form to decode with");
        }
        if (batch < 1 || batch > 1024) {
            throw new ServeException("bad-input", "batch: expected 1 to 1024 rows, given " + batch);
        }
        Sessions.Session session = sessions.add(computed(() -> TensorScope.use(
                () -> ((Streaming) model.layer()).open(Opening.of(batch).with(dtype)))));
        return Wire.Frame.of(Wire.head().put("session", session.id));
    }

    private Wire.Frame close(String id) {
        return Wire.Frame.of(Wire.head().put("closed", sessions.close(id)));
    }

    private void step(Wire.Frame request, Consumer<Wire.Frame> reply) throws InterruptedException {
        Sessions.Session session = sessions.get(request.head().path("session").asString(""));
        if (!session.lock.tryLock()) {
            throw new ServeException("bad-input", "another step of this session is under way: send one after another");
        }
        try {
            if (session.broken) {
                throw new ServeException("session-unknown", "an earlier step of this session failed: open a new one");
            }
            List<Integer> cuts = cuts(request);
            for (int i = 0; i + 1 < cuts.size(); i++) {
                int from = cuts.get(i);
                int to = cuts.get(i + 1);
                Wire.Frame frame = computed(() -> advance(request, session, from, to));
                if (i + 2 < cuts.size()) {
                    frame.head().put("more", true);
                }
                reply.accept(frame);
                sessions.touch(session);
            }
        } finally {
            session.lock.unlock();
        }
    }

    /** Where the tokens of a request are cut: nowhere, or after each one when the answers are to be streamed. */
    private List<Integer> cuts(Wire.Frame request) {
        int tokens = 0;
        for (JsonNode input : request.head().path("inputs")) {
            int axis = tokenAxis(input.path("name").asString(""));
            if (axis >= 0 && axis < input.path("shape").size()) {
                tokens = Math.max(tokens, input.path("shape").get(axis).asInt(0));
            }
        }
        if (tokens < 1) {
            throw new ServeException("bad-input", "expected one token or more along the token axis, given none");
        }
        List<Integer> cuts = new ArrayList<>(List.of(0));
        if (request.head().path("stream").asBoolean(false)) {
            for (int t = 1; t < tokens; t++) {
                cuts.add(t);
            }
        }
        cuts.add(tokens);
        return cuts;
    }

    private int tokenAxis(String input) {
        return model.signature().input(input).map(Port::tokenAxis).orElse(-1);
    }

    private Wire.Frame advance(Wire.Frame request, Sessions.Session session, int from, int to) {
        record Step(org.layerzoo.core.state.State state, Wire.Frame frame) {}
        Step step = TensorScope.use(() -> {
            Tensors in = rows(inputs(request), session, from, to);
            session.broken = true;
            Tensors out = ((Streaming) model.layer()).advance(in, session.state, Call.eval());
            out.ready();
            session.state.tensors().forEach(Tensor::ready);
            return new Step(session.state, frame(out));
        });
        session.broken = false;
        return step.frame();
    }

    private Tensors rows(Tensors in, Sessions.Session session, int from, int to) {
        Map<String, Tensor> cut = new LinkedHashMap<>();
        in.asMap().forEach((name, t) -> {
            int axis = tokenAxis(name);
            int batchAxis = model.signature()
                    .input(name)
                    .map(p -> List.of(p.axisNames()).indexOf("B"))
                    .orElse(-1);
            if (batchAxis >= 0 && t.rank() > batchAxis && t.dim(batchAxis) != session.state.batch()) {
                throw new ServeException(
                        "bad-input",
                        "input '" + name + "' has " + t.dim(batchAxis) + " rows, the session was opened with "
                                + session.state.batch());
            }
            cut.put(
                    name,
                    axis < 0 || from == 0 && to == t.dim(axis) ? t : t.slice(axis, from, Math.min(to, t.dim(axis))));
        });
        return Tensors.of(cut);
    }

    /** Runs the model on inputs until it is compiled, so that the first caller does not wait for that. */
    public Duration warm(Tensors example, int times) {
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            TensorScope.run(() -> Exec.run(backend, () -> model.forward(
                            example.map(t -> t.dtype().isFloating() ? t.cast(dtype) : t), Call.eval())
                    .ready()));
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Override
    public void close() {
        overdue.close();
    }
}
