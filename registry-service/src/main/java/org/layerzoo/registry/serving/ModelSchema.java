package org.layerzoo.registry.serving;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What a served model takes and gives, as its process has described it.
 *
 * @param batches whether rows of several requests may be computed together
 * @param streams whether decode sessions can be opened
 */
record ModelSchema(List<Port> inputs, List<Port> outputs, boolean batches, boolean streams) {
    /** A tensor by name; -1 in its shape is a size that may differ, {@code axes} names the axes. */
    record Port(String name, Datatype datatype, List<Long> shape, List<String> axes, boolean required) {
        Port {
            // a runner says both, and not every one is ours
            if (axes.size() != shape.size()) {
                axes = Collections.nCopies(shape.size(), "");
            }
        }

        boolean rowsFirst() {
            return !axes.isEmpty() && axes.getFirst().equals("B");
        }
    }

    static ModelSchema of(JsonNode model) {
        return new ModelSchema(
                ports(model.path("inputs")),
                ports(model.path("outputs")),
                model.path("batches").asBoolean(false),
                model.path("streams").asBoolean(false));
    }

    private static List<Port> ports(JsonNode list) {
        return list.valueStream()
                .map(p -> new Port(
                        p.path("name").asString(""),
                        Datatype.named(p.path("datatype").asString("")).orElse(Datatype.FP32),
                        p.path("shape")
                                .valueStream()
                                .map(size -> size.asLong(-1))
                                .toList(),
                        p.path("axes")
                                .valueStream()
                                .map(axis -> axis.asString(""))
                                .toList(),
                        p.path("required").asBoolean(true)))
                .toList();
    }

    Optional<Port> input(String name) {
        return inputs.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /** Everything that is wrong with a request's tensors, in one sentence. */
    void check(InferRequest request) {
        var wrong = new ArrayList<String>();
        Map<String, Long> rows = new HashMap<>();
        for (TensorData t : request.inputs()) {
            input(t.name()).ifPresentOrElse(p -> check(p, t, rows, wrong), () -> unknown(t.name(), wrong));
        }
        for (Port p : inputs) {
            if (p.required() && request.inputs().stream().noneMatch(t -> belongs(t.name(), p))) {
                wrong.add("input '" + p.name() + "' " + p.shape() + " is missing");
            }
        }
        for (InferRequest.Wanted o : request.outputs()) {
            if (outputs.stream().noneMatch(p -> p.name().equals(o.name()))) {
                wrong.add("unknown output '" + o.name() + "': expected one of "
                        + outputs.stream().map(Port::name).toList());
            }
        }
        if (!wrong.isEmpty()) {
            throw InferReader.wrong(String.join("; ", wrong));
        }
    }

    /** Dotted names are the members of a list. */
    private static boolean belongs(String name, Port port) {
        return name.equals(port.name()) || name.startsWith(port.name() + ".");
    }

    private void unknown(String name, List<String> wrong) {
        if (inputs.stream().noneMatch(p -> belongs(name, p))) {
            wrong.add("unknown input '" + name + "': expected one of "
                    + inputs.stream().map(Port::name).toList());
        }
    }

    private static void check(Port p, TensorData t, Map<String, Long> rows, List<String> wrong) {
        String what = "input '" + p.name() + "'";
        if (!p.datatype().accepts().contains(t.datatype())) {
            wrong.add(what + " is of datatype " + t.datatype() + ", expected " + p.datatype());
        }
        if (!p.required()) {
            return; // may be broadcast, so the model itself checks its shape
        }
        if (t.shape().size() != p.shape().size()) {
            wrong.add(what + " has shape " + t.shape() + ", expected " + p.shape());
            return;
        }
        for (int i = 0; i < p.shape().size(); i++) {
            long size = t.shape().get(i);
            long expected = p.axes().get(i).equals("B")
                    ? rows.computeIfAbsent("B", b -> size)
                    : p.shape().get(i);
            if (size < 1 || expected >= 0 && size != expected) {
                wrong.add(what + " has shape " + t.shape() + ", expected " + p.shape() + ": axis "
                        + p.axes().get(i) + " must be " + (expected > 0 ? expected : "1 or more"));
                return;
            }
        }
    }
}
