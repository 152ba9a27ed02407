package org.layerzoo.runner.job;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.Inputs;
import tools.jackson.databind.node.ObjectNode;

/** What a model carries from token to token, counted in a stream of one row over a sample of its task. */
final class Carried {
    private Carried() {}

    /** {"tokens", "numbers", "bytes", "grows"}, or {"none": why there is no stream}. */
    static ObjectNode of(Model model, Task task) {
        ObjectNode o = Configs.mapper().createObjectNode();
        if (!(model.layer() instanceof Streaming layer)) {
            return o.put("none", "the model has no stream");
        }
        try {
            return TensorScope.use(() -> counted(o, model, layer, Inputs.of(model, task.batch(Task.Split.TEST, 0, 1))));
        } catch (ZooException e) {
            if (e.code() == ErrorCode.CANCELLED) {
                throw e;
            }
            return o.removeAll().put("none", e.getMessage());
        }
    }

    private static ObjectNode counted(ObjectNode o, Model model, Streaming layer, Tensors in) {
        int length = length(model, in);
        State half = behind(model, layer, in, Math.max(1, length / 2));
        State whole = behind(model, layer, in, length);
        long numbers = numbers(whole);
        return o.put("tokens", length)
                .put("numbers", numbers)
                .put("bytes", whole.usage().bytes())
                .put("grows", numbers > numbers(half));
    }

    private static int length(Model model, Tensors in) {
        return in.names().stream()
                .filter(n -> axis(model, n) >= 0)
                .mapToInt(n -> in.get(n).dim(axis(model, n)))
                .max()
                .orElseThrow(() -> ZooException.unsupported("no input of the model has tokens"));
    }

    private static int axis(Model model, String input) {
        return model.signature().input(input).map(Port::tokenAxis).orElse(-1);
    }

    private static State behind(Model model, Streaming layer, Tensors in, int tokens) {
        State s = layer.open(Opening.of(1).with(DType.F32));
        Tensors first = Tensors.empty();
        for (String name : in.names()) {
            int axis = axis(model, name);
            Tensor t = in.get(name);
            first = first.with(name, axis < 0 ? t : t.slice(axis, 0, Math.min(tokens, t.dim(axis))));
        }
        layer.advance(first, s, Call.eval());
        return s;
    }

    private static long numbers(State s) {
        long n = 0;
        for (Tensor t : s.tensors()) {
            n += t.size();
        }
        return n;
    }
}
