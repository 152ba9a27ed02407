package org.layerzoo.runner.job;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/**
 * Who looks at whom: the layer's own weights where it has them (mean over batch and heads), else the norms of dy_i / dx_j, row i
 * by one random projection of y_i walked back.
 */
final class MixingMatrix {
    private static final Set<String> WEIGHTS = Set.of("p", "weights", "attn");

    private final ZooJob.Work work;
    private final OpInterpreter backend;
    private final Draws draws;

    /** kind is "weights" or "sensitivity". */
    record Found(String kind, double[][] rows) {}

    MixingMatrix(ZooJob.Work work, long seed) {
        this.work = work;
        this.backend = Dispatcher.of(work.spec().text("backend", "auto"), false);
        this.draws = Draws.seeded(seed);
    }

    /** @throws ZooException UNSUPPORTED (exit 1) where there is no such matrix, with the reason */
    <C extends Record> Found of(LayerProvider<C> p, C config, int length) {
        Signature s = p.signature(config);
        s.contract().fixedLength().ifPresent(n -> {
            if (n != length) {
                throw ZooException.unsupported("this layer works at length " + n + " only: ask for that length");
            }
        });
        Port from = tokens(
                s.in().stream().filter(x -> x.name().equals("v")).findFirst().or(s::tokenInput), "input");
        Port to = tokens(s.tokenOutput(), "output");
        Model model =
                org.layerzoo.core.spi.Models.build("", p, config, work.plugins().options(draws.seed(), DType.F32));
        Tensors in = p.example(config, Scale.of(1, length), draws.at("example"));
        Optional<String> weights =
                s.out().stream().map(Port::name).filter(WEIGHTS::contains).findFirst();
        if (weights.isPresent()) {
            Optional<double[][]> rows = TensorScope.use(() -> weights(model, in, weights.get()));
            if (rows.isPresent()) {
                return new Found("weights", rows.get());
            }
        }
        if (s.contract().gradient() == org.layerzoo.core.spi.Contract.GradientLaw.NONE) {
            throw ZooException.unsupported(
                    "this layer has neither weights nor derivatives, so there is no mixing matrix");
        }
        return new Found("sensitivity", sensitivity(model, in, from, to));
    }

    private static Port tokens(Optional<Port> port, String what) {
        return port.orElseThrow(() -> ZooException.unsupported(
                "there is no mixing matrix: no " + what + " of this layer has a token axis T"));
    }

    /** Mean over all axes but the last two. */
    private Optional<double[][]> weights(Model model, Tensors in, String port) {
        Aux aux = Aux.collecting(port);
        Exec.with(backend, () -> model.forward(in, Call.eval().with(aux)));
        Optional<Tensor> found = aux.ports().find(port).filter(t -> t.rank() >= 2);
        return found.map(t -> {
            int rows = t.dim(-2);
            int columns = t.dim(-1);
            double[] v = t.toDoubles();
            double[][] mean = new double[rows][columns];
            int matrices = v.length / rows / columns;
            for (int i = 0; i < v.length; i++) {
                mean[i / columns % rows][i % columns] += Math.abs(v[i]) / matrices;
            }
            return mean;
        });
    }

    private double[][] sensitivity(Model model, Tensors given, Port from, Port to) {
        int n = given.get(from.name()).dim(from.tokenAxis());
        double[][] rows = TensorScope.use(() -> {
            Tensors in = given.with(
                    from.name(),
                    given.get(from.name()).view(given.get(from.name()).shape()));
            Tensor x = in.get(from.name());
            Tape tape = new Tape(backend).watch(x);
            Tensor y = tape.record(() -> model.forward(in, Call.eval())).get(to.name());
            int axis = to.tokenAxis();
            double[][] out = new double[y.dim(axis)][];
            for (int i = 0; i < out.length; i++) {
                work.progress((double) i / out.length, "row " + i);
                out[i] = row(tape, x, y, from.tokenAxis(), axis, i, n);
            }
            return out;
        });
        if (allZero(rows)) {
            throw ZooException.unsupported("no output depends on the tokens of input '" + from.name()
                    + "' at this configuration: its matrix is zero");
        }
        return rows;
    }

    /** |d(r . y_i) / dx_j| for every j, with one random direction r of y_i's channels. */
    private double[] row(Tape tape, Tensor x, Tensor y, int xAxis, int yAxis, int i, int n) {
        return TensorScope.use(() -> {
            Tensor direction = draws.normal(
                    "direction." + i, y.dtype(), y.shape().with(yAxis, 1).dims());
            Tensor cotangent = placed(direction, y, yAxis, i);
            Tensor g = tape.gradient(List.of(y), List.of(cotangent), List.of(x)).getFirst();
            double[] norms = new double[n];
            for (int j = 0; j < n; j++) {
                norms[j] = Errors.norm(g.slice(xAxis, j, j + 1));
            }
            return norms;
        });
    }

    /** Zero but for row i along the axis. */
    private static Tensor placed(Tensor row, Tensor like, int axis, int i) {
        int n = like.dim(axis);
        Tensor before = Tensor.zeros(like.dtype(), like.shape().with(axis, i).dims());
        Tensor after =
                Tensor.zeros(like.dtype(), like.shape().with(axis, n - i - 1).dims());
        return org.layerzoo.core.op.Ops.concat(axis, before, row, after);
    }

    private static boolean allZero(double[][] rows) {
        for (double[] row : rows) {
            for (double v : row) {
                if (v != 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
