package org.layerzoo.oneapi.onednn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.device.Native;

/**
 * Intel's oneDNN on the CPU, on tensors where they lie: products, convolutions and layer norms; whatever else is asked goes to the next
 * backend. The library is not part of LayerZoo: the variable ZOO_ONEDNN names its file, else the system's is taken.
 */
public final class OneDnn implements Backend {
    private static final String VARIABLE = "ZOO_ONEDNN";
    /** Tests set it. */
    private static final String PROPERTY = "layerzoo.onednn.library";

    private static final String REMEDY =
            "'./zoo peers' fetches oneDNN 3, or set " + VARIABLE + " to the file libdnnl.so.3 of an own one";

    private final String file;
    private final String version;
    private final PackedWeights weights;
    private final Products products;
    private final Convolutions convolutions;
    private final LayerNorms norms;

    private OneDnn(Dnnl d, String version) {
        this.file = d.file();
        this.version = version;
        this.weights = new PackedWeights(d);
        this.products = new Products(d, weights);
        this.convolutions = new Convolutions(d, weights);
        this.norms = new LayerNorms(d);
    }

    /**
     * @param backend absent when the library cannot be used
     * @param detail what was found
     * @param remedy what would make it usable
     */
    public record Report(Optional<OneDnn> backend, String detail, Optional<String> remedy) {}

    /** As many as this JVM may use, or the property says. */
    static int threads() {
        return Math.max(
                1, Integer.getInteger("layerzoo.threads", Runtime.getRuntime().availableProcessors()));
    }

    /** Looks without failing. */
    public static Report look() {
        // The library's threads are OpenMP's, which asks once, when it is loaded.
        Dnnl.environment("OMP_NUM_THREADS", Integer.toString(threads()));
        String own = System.getProperty(PROPERTY, System.getenv().getOrDefault(VARIABLE, ""));
        Optional<Native> lib = Native.open(own.isEmpty() ? List.of("libdnnl.so.3", "libdnnl.so.2") : List.of(own));
        if (lib.isEmpty()) {
            String what = own.isEmpty() ? "no library (libdnnl.so.3)" : VARIABLE + ": " + own + " cannot be loaded";
            return new Report(Optional.empty(), what, Optional.of(REMEDY));
        }
        String version = Dnnl.version(lib.get()).orElse("of unknown version");
        String what = lib.get().file() + ", oneDNN " + version;
        if (!version.startsWith("3.")) {
            return new Report(Optional.empty(), what + ": version 3 is needed", Optional.of(REMEDY));
        }
        try {
            return new Report(
                    Optional.of(new OneDnn(Dnnl.of(lib.get()), version)),
                    what + ", " + threads() + " threads",
                    Optional.empty());
        } catch (Native.MissingFunction e) {
            return new Report(Optional.empty(), what + ": " + e.getMessage(), Optional.of(REMEDY));
        }
    }

    @Override
    public String name() {
        return "oneapi:onednn";
    }

    @Override
    public boolean onHost() {
        return true;
    }

    @Override
    public Availability availability() {
        return new Availability(true, "onednn " + version, List.of(file), Optional.empty());
    }

    @Override
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.MatMul m -> products.refusal(m, in);
            case LinearMap l -> products.refusal(l, in);
            case Primitive.Conv c -> convolutions.refusal(c, in);
            case LayerNorm n -> norms.refusal(n, in);
            default -> Optional.of("not a work that is given to oneDNN");
        };
    }

    @Override
    public List<Tensor> execute(Op op, List<Tensor> in) {
        return switch (op) {
            case Primitive.Conv c -> convolutions.run(c, in);
            case LayerNorm n -> norms.run(n, in);
            default -> products.run(op, in);
        };
    }

    @Override
    public String kernel(Op op, List<TensorSpec> in) {
        return "oneDNN";
    }

    /** Bytes of weights that are kept packed. */
    public long packedBytes() {
        return weights.bytes();
    }

    /** How the library computes a product. */
    public String implementation(Op product, List<TensorSpec> in) {
        return products.implementation(product, in);
    }
}
