package org.layerzoo.cpuvector.op.recur;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of matrix-state recurrences in time linear in length, in chunks; token by token what the forward computes so. A task a key
 * head, so that the gradients its heads share have one order of additions.
 */
public final class RecurGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        Recur r = (Recur) op.op();
        int bounds = r.longest() > 0 ? op.inputs() - 1 : -1;
        return IntStream.range(0, in.size())
                        .allMatch(i -> i == bounds || in.get(i).dtype() == DType.F32)
                ? Optional.empty()
                : Optional.of("no loop for other than F32");
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Recur r = (Recur) op.op();
        int cotangents = op.inputs() + op.outputs();
        Tensor doOut = op.given().contains(0)
                ? in.get(cotangents)
                : Tensor.zeros(in.get(op.inputs()).spec());
        Optional<Tensor> dLast = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        List<Tensor> args = in.subList(0, r.longest() > 0 ? op.inputs() - 1 : op.inputs());
        if (r.longest() == 0) {
            List<Tensor> grads = gradients(r, args, doOut, dLast);
            return op.wanted().stream().map(grads::get).toList();
        }
        List<Tensor> grads = allocate(args);
        Recur dense = RecurKernel.dense(r);
        long[] bounds = in.get(op.inputs() - 1).toLongs();
        RecurKernel.samples(r, args.size())
                .gradients(
                        args,
                        bounds,
                        Optional.of(doOut),
                        dLast,
                        grads,
                        (x, o, last) -> gradients(dense, x, o.orElseThrow(), last));
        return op.wanted().stream().map(grads::get).toList();
    }

    private static List<Tensor> allocate(List<Tensor> like) {
        return like.stream().map(t -> Tensor.allocate(t.spec())).toList();
    }

    /** Of all inputs. */
    private static List<Tensor> gradients(Recur r, List<Tensor> args, Tensor doOut, Optional<Tensor> dLast) {
        List<Tensor> grads = allocate(args);
        GradientCall call = new GradientCall(r, args, doOut, dLast, grads);
        double[] perHead = heads(call);
        if (r.gate() instanceof Gate.PerHead) {
            int heads = args.get(2).dim(1);
            double[] sums = new double[heads];
            for (int i = 0; i < perHead.length; i++) {
                sums[i % heads] += perHead[i];
            }
            for (int h = 0; h < heads; h++) {
                Floats.set(grads.get(3).segment(), h, (float) sums[h]);
            }
        }
        return grads;
    }

    private static double[] heads(GradientCall call) {
        Tensor v = call.in().get(2);
        int keyHeads = call.in().getFirst().dim(1);
        int group = v.dim(1) / keyHeads;
        double[] perHead = new double[v.dim(0) * v.dim(1)];
        long cost = v.size() * call.in().getFirst().dim(3) * 8;
        Workers.run(v.dim(0) * keyHeads, cost, p -> {
            for (int h = p * group; h < (p + 1) * group; h++) {
                try (Loan loan = Loan.open()) {
                    perHead[h] = head(loan, call, h, p, h == p * group);
                }
            }
        });
        return perHead;
    }

    /** Gradients of one head; that of a decay it shares is the result. */
    private static double head(Loan loan, GradientCall call, int head, int keyHead, boolean first) {
        if (call.chunked(head, keyHead)) {
            ChunkAdjoint a = new ChunkAdjoint(loan, call, head, keyHead, first);
            a.run();
            return a.perHead();
        }
        RecurAdjoint a = new RecurAdjoint(loan, call, head, keyHead, first);
        a.run();
        return a.perHead;
    }
}
