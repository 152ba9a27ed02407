package org.layerzoo.plugins.snnk;

import java.util.Optional;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.snnk.SnnkConfig.Function;

/** Phi of inputs and Psi of parameters, whose product has the expectation f(w.x + b). G [m, D] has rows g_j. */
public sealed interface FeatureMap {
    /** Features of inputs x [.., D]. */
    Features phi(Tensor x);

    /** Features of w [l, D] with biases b [l]. */
    Features psi(Tensor w, Optional<Tensor> b);

    /** Number of features F. */
    int size();

    /**
     * Features e^log * values, log taken out so that no factor overflows alone.
     *
     * @param values [.., F] @param log [.., 1]
     */
    record Features(Tensor values, Tensor log) {
        public Tensor whole() {
            return values.mul(Ops.exp(log));
        }

        /** Products of each row here with each row [l, F] there: [.., l]. */
        public Tensor times(Features psi) {
            return values.matmulT(psi.values).mul(Ops.exp(log.add(psi.log.reshape(psi.log.dim(0)))));
        }
    }

    /** relu(G x) / sqrt(m) on both sides: |x| |w| (sin t + (pi - t) cos t) / (2 pi) at the angle t between x and w. */
    record Relu(Tensor g) implements FeatureMap {
        @Override
        public Features phi(Tensor x) {
            Tensor values = Ops.relu(x.matmulT(g)).div(Math.sqrt(g.dim(0)));
            return new Features(values, Ops.zerosLike(values.slice(-1, 0, 1)));
        }

        @Override
        public Features psi(Tensor w, Optional<Tensor> b) {
            return phi(w);
        }

        @Override
        public int size() {
            return g.dim(0);
        }
    }

    /**
     * Re(c e^(i omega b) L_g(i omega x / s) L_g(s w)) averaged over (omega, g), with c = -i for the sine and 1 else, omega = 1
     * or, for exp(-z^2/2), standard normal. Real parts stand before imaginary ones.
     *
     * @param omega [m]
     */
    record Wave(Function function, Tensor g, Tensor omega, double a, double s) implements FeatureMap {
        /**
         * log L_g(z) = d/4 log(1 - 4A) + A |g|^2 + sqrt(1 - 4A) g.z - z.z/2 for real z [.., D] and rows g [m, D]: [.., m].
         */
        public static Tensor log(Tensor g, Tensor z, double a) {
            Tensor linear = z.matmulT(g).mul(Math.sqrt(1 - 4 * a));
            return linear.sub(Ops.square(z).sumKeep(-1).div(2)).add(constant(g, a));
        }

        private static Tensor constant(Tensor g, double a) {
            return Ops.square(g).sum(1).mul(a).add(g.dim(1) / 4.0 * Math.log(1 - 4 * a));
        }

        @Override
        public Features phi(Tensor x) {
            Tensor u = x.div(s);
            // z = i omega u: z.z turns its sign, so that the modulus grows, and g.z becomes a phase.
            Tensor modulus =
                    Ops.square(u).sumKeep(-1).mul(Ops.square(omega)).div(2).add(constant(g, a));
            return polar(modulus, u.matmulT(g).mul(omega).mul(Math.sqrt(1 - 4 * a)), 1);
        }

        @Override
        public Features psi(Tensor w, Optional<Tensor> b) {
            Tensor modulus = log(g, w.mul(s), a);
            Tensor phase = b.map(t -> t.unsqueeze(-1).mul(omega)).orElseGet(() -> Ops.zerosLike(modulus));
            // Re(z w) = Re z Re w - Im z Im w: the minus sign is on this side; times -i is a quarter turn back.
            return polar(modulus, function == Function.SIN ? phase.sub(Math.PI / 2) : phase, -1);
        }

        /** m^-1/2 e^modulus (cos phase, sign sin phase), the largest modulus of each row taken out. */
        private Features polar(Tensor modulus, Tensor phase, int sign) {
            Tensor log = Ops.stop(modulus.maxKeep(-1));
            Tensor size = Ops.exp(modulus.sub(log)).div(Math.sqrt(g.dim(0)));
            return new Features(
                    Ops.concat(
                            -1,
                            size.mul(Ops.cos(phase)),
                            size.mul(Ops.sin(phase)).mul(sign)),
                    log);
        }

        @Override
        public int size() {
            return 2 * g.dim(0);
        }
    }
}
