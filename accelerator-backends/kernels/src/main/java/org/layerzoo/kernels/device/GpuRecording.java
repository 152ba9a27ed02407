package org.layerzoo.kernels.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;

/**
 * Work that one stream has recorded, with memory of its own: its lane's blocks go to nobody else while it is open, so the addresses in it
 * stay good. What it reads from other lanes (weights, constants) is pinned.
 */
public final class GpuRecording implements Backend.Recorded {
    private final GpuContext context;
    private final Lane lane;
    private final SequencedMap<String, Input> inputs = new LinkedHashMap<>();
    private Optional<Device.Recording> recording = Optional.empty();
    private Tensors results = Tensors.empty();
    private boolean retired;

    private record Input(TensorSpec spec, Buffer buffer) {}

    private GpuRecording(GpuContext context) {
        this.context = context;
        this.lane = context.recorder();
    }

    /** Runs {@code forward} once as usual, so that kernels are loaded and weights have crossed, and records a second run. */
    public static GpuRecording of(GpuContext context, Tensors in, UnaryOperator<Tensors> forward) {
        TensorScope.run(() -> forward.apply(in).ready());
        GpuRecording r = new GpuRecording(context);
        try {
            r.run(in, forward);
            return r;
        } catch (RuntimeException | Error e) {
            r.close();
            throw e;
        }
    }

    private void run(Tensors in, UnaryOperator<Tensors> forward) {
        in.asMap().forEach((name, t) -> {
            Buffer b = context.allocate(t.spec().bytes(), lane);
            lane.pin(b);
            inputs.put(name, new Input(t.spec(), b));
        });
        fill(in);
        Tensors recorded = Tensors.of(in.asMap());
        for (var i : inputs.entrySet()) {
            recorded = recorded.with(
                    i.getKey(),
                    Tensor.resident(i.getValue().spec(), i.getValue().buffer()));
        }
        record(recorded, forward);
        results = results.map(this::kept);
    }

    private void record(Tensors given, UnaryOperator<Tensors> forward) {
        context.recordOn(Optional.of(lane));
        try {
            lane.record();
            results = TensorScope.use(() -> forward.apply(given));
        } catch (RuntimeException | Error e) {
            // The stream must leave its recording whatever has happened.
            try {
                lane.recorded().close();
            } catch (RuntimeException broken) {
                e.addSuppressed(broken);
            }
            throw e;
        } finally {
            context.recordOn(Optional.empty());
        }
        recording = Optional.of(lane.recorded());
    }

    private Tensor kept(Tensor t) {
        block(t);
        return t.keep();
    }

    private Buffer block(Tensor t) {
        return (Buffer) t.on(context, host -> {
            throw new ZooException(
                    ErrorCode.UNSUPPORTED,
                    "a result of the work to record, " + t + ", was not computed on the device: see the fallbacks");
        });
    }

    private void fill(Tensors in) {
        inputs.forEach((name, i) -> {
            Tensor t = in.get(name);
            lane.stream()
                    .copy(
                            i.buffer().addressFor(lane),
                            context.address(t, lane),
                            t.spec().bytes());
        });
    }

    @Override
    public synchronized Tensors replay(Tensors in) {
        check(in);
        // Whoever reads the results of the last run reads them before they are written again.
        lane.takeFollowers().forEach(lane::follow);
        fill(in);
        recording
                .orElseThrow(() -> new ZooException(ErrorCode.UNSUPPORTED, "a recording was replayed after close"))
                .replay();
        // New tensors: those of the last run may have been copied to the host, and stay as they were then.
        return results.map(t ->
                Tensor.resident(t.spec(), block(t).part(t.offset(), t.spec().bytes())));
    }

    private void check(Tensors in) {
        List<String> wrong = new ArrayList<>();
        inputs.forEach((name, i) -> {
            if (in.find(name).map(t -> !t.spec().equals(i.spec())).orElse(true)) {
                wrong.add(name + " " + i.spec());
            }
        });
        if (!wrong.isEmpty() || in.size() != inputs.size()) {
            throw new ZooException(
                    ErrorCode.BAD_TENSORS,
                    "replay: the recorded inputs " + inputs.keySet() + " expected"
                            + (wrong.isEmpty() ? "" : " with " + String.join(", ", wrong)) + ", given " + in);
        }
    }

    @Override
    public synchronized void close() {
        recording.ifPresent(r -> {
            lane.stream().await();
            r.close();
        });
        recording = Optional.empty();
        if (!retired) {
            retired = true;
            inputs.values().forEach(i -> i.buffer().free());
            lane.unpin();
            context.retire(lane);
        }
    }
}
