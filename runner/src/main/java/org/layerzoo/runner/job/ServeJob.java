package org.layerzoo.runner.job;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.runner.serve.Datatype;
import org.layerzoo.runner.serve.ServeLimits;
import org.layerzoo.runner.serve.ServeServer;
import org.layerzoo.runner.serve.ServedModel;
import org.layerzoo.train.ModelFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves one layer until it is cancelled. Spec: id, config, weights, official, seed, backend, dtype, address, secret, concurrency,
 * requestMillis, sessions, idleSeconds, warmupRuns, warmupLength. When it listens it announces {port, model}.
 */
public final class ServeJob extends ZooJob {
    private static final int WARMUP_LENGTH = 64;

    public ServeJob() {
        super("serve");
    }

    @Override
    JobResult run(Work work) throws Exception {
        String id = work.spec().text("id");
        work.progress(0.1, "loading " + id);
        return serve(work, id, Subjects.layer(work.plugins(), id));
    }

    private static <C extends Record> JobResult serve(Work work, String id, LayerProvider<C> provider)
            throws Exception {
        Spec spec = work.spec();
        DType dtype = DType.parse(spec.text("dtype", "f32"));
        if (!dtype.isFloating()) {
            throw new ZooException(ErrorCode.BAD_DTYPE, "dtype must be f32, f64, bf16 or f16, given " + dtype);
        }
        Optional<Path> weights = spec.path("weights");
        Optional<Model> official = weights.filter(file -> spec.flag("official"))
                .map(file -> OfficialModel.of(
                        Subjects.plugin(work.plugins(), id), provider, TensorFile.read(file), spec.object("config")));
        Optional<JsonNode> wanted =
                official.map(model -> (JsonNode) Configs.toJson(model.config())).or(() -> config(spec, weights));
        C config = Subjects.configured(provider, wanted, java.util.Map.of());
        Model model = Models.build(id, provider, config, work.plugins().options(spec.number("seed", 0), dtype));
        if (official.isPresent()) {
            model.params().load(official.get().params().values(), true);
        } else {
            weights.ifPresent(file -> load(file, model));
        }
        Dispatcher backend = Dispatcher.of(spec.text("backend", "auto"), false);
        ServedModel.Check check =
                (in, wrong) -> Ports.check(model.signature(), in, axis -> size(provider, config, axis), wrong);
        try (ServedModel served = new ServedModel(model, backend, dtype, check, limits(spec))) {
            work.progress(0.5, "warming up");
            Duration warm = warm(provider, config, served, spec, dtype);
            InetAddress address = InetAddress.getByName(spec.text("address", "127.0.0.1"));
            try (ServeServer server = new ServeServer(address, spec.text("secret"), served)) {
                ObjectNode about = Configs.mapper().createObjectNode();
                about.put("port", server.port());
                about.set("model", describe(model, provider, config, dtype, served, backend, warm));
                work.context().announce(about);
                serveUntilCancelled(work, server);
            }
        }
        return JobResult.of(Configs.mapper().createObjectNode());
    }

    /** The configuration of a trained model is written in its file. */
    private static Optional<JsonNode> config(Spec spec, Optional<Path> weights) {
        if (spec.has("config")) {
            return spec.object("config");
        }
        return weights.map(file -> Safetensors.read(file).metadata().get("config"))
                .map(Configs::parse);
    }

    private static void load(Path file, Model model) {
        TensorFile content = TensorFile.read(file);
        if (content.metadata().containsKey("id") && content.metadata().containsKey("config")) {
            ModelFile.load(file, model);
        } else {
            model.params().load(content.params(), true);
        }
    }

    private static ServeLimits limits(Spec spec) {
        return new ServeLimits(
                spec.integer("concurrency", 1),
                Duration.ofMillis(spec.number("requestMillis", 30_000)),
                spec.integer("sessions", 64),
                Duration.ofSeconds(spec.integer("idleSeconds", 600)));
    }

    private static <C extends Record> Duration warm(
            LayerProvider<C> provider, C config, ServedModel served, Spec spec, DType dtype) {
        int runs = spec.integer("warmupRuns", 2);
        int length =
                provider.signature(config).contract().fixedLength().orElse(spec.integer("warmupLength", WARMUP_LENGTH));
        return TensorScope.use(() -> {
            Tensors example = provider.example(
                    config, new Scale(1, length, dtype), Draws.seeded(0).at("warm-up"));
            return served.warm(example, runs);
        });
    }

    private static void serveUntilCancelled(Work work, ServeServer server) throws IOException {
        Thread accepting = Thread.ofPlatform().daemon().name("serve-accept").start(() -> {
            try {
                server.run();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        try {
            accepting.join();
        } catch (InterruptedException _) {
            // cancelled
        }
        if (!work.context().cancelled()) {
            throw new IOException("the deployment's socket was closed");
        }
    }

    private static <C extends Record> OptionalInt size(LayerProvider<C> provider, C config, String axis) {
        try {
            return OptionalInt.of(provider.axisSize(config, axis));
        } catch (ZooException | IllegalArgumentException _) {
            return OptionalInt.empty(); // a free axis
        }
    }

    private static <C extends Record> ObjectNode describe(
            Model model,
            LayerProvider<C> provider,
            C config,
            DType dtype,
            ServedModel served,
            Dispatcher backend,
            Duration warm) {
        Signature s = model.signature();
        ObjectNode o = Configs.mapper().createObjectNode();
        ports(o.putArray("inputs"), s.in(), provider, config, dtype);
        ports(o.putArray("outputs"), s.out(), provider, config, dtype);
        o.put("streams", served.streams());
        o.put("batches", batches(s));
        o.put("backend", backend.backend());
        List<String> fallbacks = new ArrayList<>(backend.fallbacks().keySet());
        fallbacks.forEach(o.putArray("fallbacks")::add);
        o.put("warmupMs", warm.toNanos() / 1e6);
        o.set("config", Configs.toJson(config));
        return o;
    }

    private static <C extends Record> void ports(
            ArrayNode to, List<Port> ports, LayerProvider<C> provider, C config, DType dtype) {
        for (Port p : ports) {
            ObjectNode o = to.addObject();
            DType type = p.dtype().isFloating() ? dtype : p.dtype();
            o.put("name", p.name()).put("datatype", Datatype.of(type).name());
            ArrayNode shape = o.putArray("shape");
            for (String axis : p.axisNames()) {
                shape.add(extent(axis, provider, config));
            }
            Arrays.stream(p.axisNames()).forEach(o.putArray("axes")::add);
            o.put("required", p.role() == PortRole.REQUIRED);
        }
    }

    /** The size of an axis, or -1 where it may differ from request to request. */
    private static <C extends Record> int extent(String axis, LayerProvider<C> provider, C config) {
        if (axis.contains("=")) {
            return Integer.parseInt(axis.substring(axis.indexOf('=') + 1));
        }
        return Ports.free(axis) || axis.equals("B")
                ? -1
                : size(provider, config, axis).orElse(-1);
    }

    /** Whether rows of several requests may be computed together. */
    private static boolean batches(Signature s) {
        return !s.contract().batchCoupled()
                && s.in().stream().filter(p -> p.role() == PortRole.REQUIRED).allMatch(ServeJob::rowsFirst)
                && s.out().stream().filter(p -> p.role() == PortRole.REQUIRED).allMatch(ServeJob::rowsFirst);
    }

    private static boolean rowsFirst(Port p) {
        return p.axisNames().length > 0 && p.axisNames()[0].equals("B");
    }
}
