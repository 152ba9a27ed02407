package org.layerzoo.runner.job;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.runner.child.JobResult;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says which backends a job would find, and how they run each op. */
public final class BackendsJob extends ZooJob {
    private static final String REFUSED = "other way (decomposed, or the reference)";

    public BackendsJob() {
        super("backends");
    }

    @Override
    JobResult run(Work work) {
        ObjectNode json = Configs.mapper().createObjectNode();
        ArrayNode backends = json.putArray("backends");
        Dispatcher.backends().forEach(b -> backends.add(describe(b)));
        backends.addObject()
                .put("name", "reference")
                .put("usable", true)
                .put("summary", "scalar loops in F64: slow and exact, for comparison");
        return JobResult.of(json);
    }

    private static ObjectNode describe(Backend b) {
        Backend.Availability a = b.availability();
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("name", b.name()).put("usable", a.usable()).put("summary", a.summary());
        a.details().forEach(o.putArray("details")::add);
        a.remedy().ifPresent(r -> o.put("remedy", r));
        if (a.usable()) {
            ObjectNode kernels = o.putObject("kernels");
            kernels(b).forEach((kind, ops) -> ops.forEach(kernels.putArray(kind)::add));
        }
        return o;
    }

    /** Kind of kernel ("vector", "scalar", ...) to the names of the ops of core's case tables. */
    private static Map<String, TreeSet<String>> kernels(Backend backend) {
        Map<String, TreeSet<String>> out = new TreeMap<>();
        for (OpCase c : FusedCases.all()) {
            List<TensorSpec> specs = c.in().stream().map(OpCase.Input::spec).toList();
            String kind = backend.refusal(c.op(), specs).isPresent() ? REFUSED : backend.kernel(c.op(), specs);
            out.computeIfAbsent(kind, k -> new TreeSet<>()).add(c.op().name());
        }
        return out;
    }
}
