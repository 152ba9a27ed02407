package org.layerzoo.registry.serving;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;

/** Rows of several requests one behind the other, and apart again. Row-major tensors make both a matter of bytes. */
final class Batches {
    private Batches() {}

    /** The tensors of requests of one key, as those of one request. */
    static List<TensorData> join(List<Pending> batch) {
        List<TensorData> first = batch.getFirst().inputs();
        if (batch.size() == 1) {
            return first;
        }
        var joined = new ArrayList<TensorData>();
        for (int i = 0; i < first.size(); i++) {
            int tensor = i;
            List<TensorData> parts =
                    batch.stream().map(p -> p.inputs().get(tensor)).toList();
            byte[] bytes =
                    new byte[parts.stream().mapToInt(t -> t.data().length()).reduce(0, Math::addExact)];
            int at = 0;
            for (TensorData part : parts) {
                System.arraycopy(
                        part.data().array(),
                        part.data().from(),
                        bytes,
                        at,
                        part.data().length());
                at += part.data().length();
            }
            Long[] shape = first.get(i).shape().toArray(Long[]::new);
            shape[0] = parts.stream().mapToLong(TensorData::rows).sum();
            joined.add(new TensorData(
                    first.get(i).name(), first.get(i).datatype(), Arrays.asList(shape), Slice.of(bytes)));
        }
        return joined;
    }

    /** Gives each request its rows. @throws ProblemException when the model gave another number of rows; none is answered */
    static void split(List<Pending> batch, List<TensorData> outputs) {
        int rows = batch.stream().mapToInt(Pending::rows).sum();
        if (batch.size() == 1) {
            batch.getFirst().answer().complete(outputs);
            return;
        }
        for (TensorData output : outputs) {
            if (output.shape().isEmpty() || output.rows() != rows) {
                throw new ProblemException(
                        ProblemCode.INFERENCE_FAILED,
                        "output '" + output.name() + "' has shape " + output.shape() + " for a batch of " + rows);
            }
        }
        int at = 0;
        for (Pending pending : batch) {
            int first = at;
            pending.answer()
                    .complete(outputs.stream()
                            .map(o -> o.rows(first, pending.rows()))
                            .toList());
            at += pending.rows();
        }
    }
}
