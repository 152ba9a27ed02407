package org.layerzoo.plugins.mimeticinitssm;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.ssm.Mamba2;
import org.layerzoo.nn.ssm.SelectiveMixer;

/** A Mamba or Mamba-2 layer and how it starts. */
public record MimeticLayerConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("inner width E over D") @Range(min = 1) int expand,
        @Doc("states N") @Range(min = 1) int states,

        @Doc("width of the causal convolution") @Range(min = 1)
        int convWidth,

        @Doc("channels P of a Mamba-2 head; absent for Mamba") @Range(min = 1)
        Optional<Integer> headDim,

        @Doc("bias of the input and output projections") boolean bias,
        @Doc("interventions") MimeticConfig init) {
    public MimeticLayerConfig {
        if (headDim.isPresent()
                && (expand * dim % headDim.get() != 0 || expand * dim / headDim.get() % init.groups() != 0)) {
            throw new IllegalArgumentException("width " + expand * dim + ", heads of " + headDim.get() + " and "
                    + init.groups() + " groups do not divide one another");
        }
    }

    int inner() {
        return expand * dim;
    }

    int rank() {
        return (dim + 15) / 16;
    }

    MimeticInit.Layout layout() {
        return headDim.isPresent()
                ? new MimeticInit.Layout(true, 2 * inner(), init.groups() * states, init.groups())
                : new MimeticInit.Layout(false, rank(), states, 1);
    }

    /** Sizes of Mamba. */
    SelectiveMixer.Sizes channels(int depth) {
        return new SelectiveMixer.Sizes("mimetic-init-ssm", dim, inner(), states, rank(), convWidth, true, bias, depth);
    }

    /** Sizes of Mamba-2. */
    Mamba2.Sizes heads() {
        return new Mamba2.Sizes(
                "mimetic-init-ssm", dim, inner(), headDim.orElseThrow(), states, init.groups(), convWidth, true, bias);
    }
}
