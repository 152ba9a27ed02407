package org.layerzoo.testkit.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract.GradientLaw;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/** Derivatives against central differences along random directions, in float64 on the scalar reference; backend gradients against those. */
final class GradientRules<C extends Record> {
    private static final double STEP = 1e-5;
    /** Central differences in F64 with step 1e-5 carry an error of about 1e-9 relative to the function's size. */
    private static final double TOLERANCE = 2e-5;
    /** F32 against F64, through forward and backward. */
    static final double ON_BACKEND = 1e-4;

    private final LayerSubject<C> s;
    private final int length;

    GradientRules(LayerSubject<C> s) {
        this.s = s;
        this.length = s.lengths().getFirst();
    }

    List<Rules.Named> rules() {
        return List.of(
                new Rules.Named("gradient", this::gradient),
                new Rules.Named("second derivative", this::second),
                new Rules.Named("gradient on the backend", this::backend));
    }

    /** A model as a function of its differentiable inputs and parameters. */
    private final class Function {
        final Model m;
        final Tensors in;
        final List<String> names = new ArrayList<>();
        final List<Tensor> at = new ArrayList<>();
        private final List<Param> params = new ArrayList<>();
        private final List<String> inputs = new ArrayList<>();

        Function(DType dtype) {
            m = s.perturbed(Size.TINY, length, dtype);
            in = s.example(2, length, dtype);
            for (String n : in.names()) {
                if (in.get(n).dtype().isFloating()) {
                    inputs.add(n);
                    names.add("input " + n);
                    at.add(in.get(n));
                }
            }
            for (Param p : m.params().trainable()) {
                params.add(p);
                names.add("parameter " + p.path());
                at.add(p.value());
            }
        }

        /** sum(out * cotangent) over all floating outputs, as one scalar. */
        Tensor value(List<Tensor> x) {
            Tensors given = in;
            for (int i = 0; i < inputs.size(); i++) {
                given = given.with(inputs.get(i), x.get(i));
            }
            for (int i = 0; i < params.size(); i++) {
                params.get(i).set(x.get(inputs.size() + i));
            }
            Tensors out = m.forward(given, s.call());
            Tensor total = Tensor.scalar(x.getFirst().dtype(), 0);
            for (String n : out.names()) {
                boolean required = m.signature()
                        .output(n)
                        .map(p -> p.role() == PortRole.REQUIRED)
                        .orElse(false);
                if (required && out.get(n).dtype().isFloating()) {
                    Tensor cot = Draws.seeded(s.seed)
                            .normal(
                                    "cotangent." + n,
                                    DType.F64,
                                    out.get(n).shape().dims())
                            .cast(out.get(n).dtype());
                    total = total.add(out.get(n).mul(cot).sum());
                }
            }
            return total;
        }

        List<Tensor> gradient(List<Tensor> x) {
            return slopes(x.stream().map(t -> t.view(t.shape())).toList());
        }

        /** Gradient at tensors that an outer tape may follow; each must be a handle of its own. */
        List<Tensor> slopes(List<Tensor> x) {
            Tape tape = new Tape().watch(x);
            Tensor y = tape.record(() -> value(x));
            return tape.gradient(y, x);
        }
    }

    private String gradient() {
        if (s.contract().gradient() == GradientLaw.NONE) {
            return "declared to have none";
        }
        return TensorScope.use(() -> Exec.with(Reference.INSTANCE, () -> {
            Function f = new Function(DType.F64);
            List<Tensor> g = f.gradient(f.at);
            double worst = 0;
            double scale = g.stream()
                    .mapToDouble(org.layerzoo.core.op.Errors::norm)
                    .max()
                    .orElse(0);
            for (int i = 0; i < f.at.size(); i++) {
                worst = Math.max(worst, direction(f, g, i, scale));
            }
            return f.at.size() + " tensors, worst relative error " + worst;
        }));
    }

    private double direction(Function f, List<Tensor> g, int i, double scale) {
        Tensor u = Draws.seeded(s.seed)
                .normal(
                        "direction." + f.names.get(i),
                        DType.F64,
                        f.at.get(i).shape().dims());
        double analytic = g.get(i).mul(u).sum().item();
        double numeric = (f.value(moved(f.at, i, u, STEP)).item()
                        - f.value(moved(f.at, i, u, -STEP)).item())
                / (2 * STEP);
        double e =
                Math.abs(analytic - numeric) / Math.max(1e-3 * scale, Math.max(Math.abs(numeric), Math.abs(analytic)));
        if (!(e <= TOLERANCE)) {
            throw new Check.Failed("gradient to " + f.names.get(i) + ": " + analytic
                    + " along a random direction, central differences give " + numeric);
        }
        return e;
    }

    private static List<Tensor> moved(List<Tensor> x, int i, Tensor u, double step) {
        List<Tensor> y = new ArrayList<>(x);
        y.set(i, x.get(i).add(u.mul(step)));
        return y;
    }

    private String second() {
        GradientLaw law = s.contract().gradient();
        if (law != GradientLaw.ALL_ORDERS) {
            return "not declared (" + law + ")";
        }
        return TensorScope.use(() -> Exec.with(Reference.INSTANCE, () -> {
            Function f = new Function(DType.F64);
            Tensor u = Draws.seeded(s.seed)
                    .normal("hessian", DType.F64, f.at.getFirst().shape().dims());
            List<Tensor> fresh = f.at.stream().map(t -> t.view(t.shape())).toList();
            Tape outer = new Tape().watch(fresh);
            Tensor slope = outer.record(() -> f.slopes(fresh).getFirst().mul(u).sum());
            Tensor hu = outer.gradient(slope, fresh).getFirst();
            Tensor numeric = f.gradient(moved(f.at, 0, u, STEP))
                    .getFirst()
                    .sub(f.gradient(moved(f.at, 0, u, -STEP)).getFirst())
                    .div(2 * STEP);
            double norm = org.layerzoo.core.op.Errors.norm(numeric);
            double e = norm < 1e-8
                    ? org.layerzoo.core.op.Errors.norm(hu)
                    : org.layerzoo.core.op.Errors.relative(hu, numeric);
            if (!(e <= 1e-4)) {
                throw new Check.Failed("Hessian-vector product of " + f.names.getFirst() + " is off by " + e);
            }
            return "relative error " + e;
        }));
    }

    private String backend() {
        if (!exists()) {
            return "declared to have none";
        }
        Map<String, Double> errors = errors();
        errors.forEach(
                (name, e) -> Expect.isTrue(e <= ON_BACKEND, "gradient to " + name + " on the backend is off by " + e));
        return errors.size() + " tensors, worst relative error "
                + errors.values().stream().mapToDouble(e -> e).max().orElse(0);
    }

    boolean exists() {
        return s.contract().gradient() != GradientLaw.NONE;
    }

    /** Relative error of each gradient on the backend in F32 against the float64 reference. */
    Map<String, Double> errors() {
        return TensorScope.use(() -> {
            Function fast = new Function(DType.F32);
            List<Tensor> at = fast.at;
            List<Tensor> g = Exec.with(s.backend, () -> fast.gradient(at));
            Function exact = new Function(DType.F64);
            List<Tensor> at64 = at.stream().map(t -> t.cast(DType.F64)).toList();
            List<Tensor> truth = Exec.with(Reference.INSTANCE, () -> exact.gradient(at64));
            double scale = truth.stream()
                    .mapToDouble(org.layerzoo.core.op.Errors::norm)
                    .max()
                    .orElse(0);
            Map<String, Double> out = new LinkedHashMap<>();
            for (int i = 0; i < g.size(); i++) {
                double diff = org.layerzoo.core.op.Errors.norm(
                        g.get(i).cast(DType.F64).sub(truth.get(i)));
                double norm = Math.max(1e-3 * scale, org.layerzoo.core.op.Errors.norm(truth.get(i)));
                out.put(fast.names.get(i), diff == 0 ? 0 : diff / norm);
            }
            return out;
        });
    }
}
