package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.runner.child.JobResult;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs a layer once. Spec: id, config, set, weights, input, shape, seed, grad, official, case, backend, noFallback, dtype; the
 * tensors of the result lie in {@link #FILE}.
 */
public final class RunJob extends ZooJob {
    /** Name of the result file. */
    public static final String FILE = "run.safetensors";

    public RunJob() {
        super("run");
    }

    /** What a run gave: outputs, gradients (empty when not asked for) and the configuration it ran with. */
    record Ran(String function, ObjectNode config, Tensors out, Tensors inputGradients, Tensors paramGradients) {
        Tensors named() {
            return out.prefixed("out.")
                    .with(inputGradients.prefixed("grad.in."))
                    .with(paramGradients.prefixed("grad.param."));
        }
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        String id = spec.text("id");
        Plugin plugin = Subjects.plugin(work.plugins(), id);
        Dispatcher backend = Dispatcher.of(spec.text("backend", "auto"), spec.flag("noFallback"));
        TensorFile weights = spec.path("weights").map(TensorFile::read).orElse(TensorFile.NONE);
        TensorFile input = spec.path("input").map(TensorFile::read).orElse(TensorFile.NONE);
        Optional<DType> dtype = spec.optionalText("dtype").map(DType::parse);
        work.progress(0.1, "running " + id);
        long start = System.nanoTime();
        Ran ran = TensorScope.use(() -> spec.flag("official")
                ? new OfficialRun(plugin, spec, backend, dtype).run(weights, input)
                : OwnRun.of(work, Subjects.layer(work.plugins(), id), backend, dtype.orElse(DType.F32))
                        .run(weights, input));
        ran.named().ready();
        double millis = (System.nanoTime() - start) / 1e6;
        Safetensors.write(
                work.context().outputs().resolve(FILE),
                ran.named(),
                Map.of(
                        "id",
                        id,
                        "version",
                        plugin.jar().shownVersion(),
                        "config",
                        ran.config().toString()));
        ObjectNode json = describe(id, plugin, ran, backend);
        json.put("milliseconds", millis);
        return new JobResult(json, List.of(work.context().outputs().resolve(FILE)));
    }

    private static ObjectNode describe(String id, Plugin plugin, Ran ran, Dispatcher backend) {
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("id", id).put("version", plugin.jar().shownVersion());
        if (!ran.function().isEmpty()) {
            o.put("case", ran.function());
        }
        o.set("config", ran.config());
        o.put("backend", backend.backend());
        List<String> fallbacks = new ArrayList<>(backend.fallbacks().keySet());
        fallbacks.forEach(o.putArray("fallbacks")::add);
        ObjectNode tensors = o.putObject("tensors");
        ran.named().asMap().forEach((name, t) -> tensors.set(name, summary(t)));
        return o;
    }

    private static ObjectNode summary(Tensor t) {
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("dtype", t.dtype().safetensorsName());
        var shape = o.putArray("shape");
        for (int d : t.shape().dims()) {
            shape.add(d);
        }
        if (t.dtype().isFloating()) {
            boolean finite = Errors.finite(t);
            o.put("finite", finite);
            if (finite) {
                o.put("norm", Errors.norm(t));
            }
        }
        return o;
    }
}
