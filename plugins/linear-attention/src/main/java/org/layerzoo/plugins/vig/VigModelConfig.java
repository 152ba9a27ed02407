package org.layerzoo.plugins.vig;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.nn.map.ImageSized;
import org.layerzoo.plugins.vig.VigConfig.Gate;
import org.layerzoo.plugins.vig.VigConfig.Local;

/** Sizes of a ViG backbone: one stage, or several (ViG-H), each on a map of half the sides. */
public record VigModelConfig(
        @Doc("rows of patches") @Range(min = 1) int height,
        @Doc("columns of patches") @Range(min = 1) int width,

        @Doc("pixels of a patch along each side") @Range(min = 1)
        int patch,

        @Doc("what makes tokens of pixels") Stem stem,

        @Doc("image channels") @Range(min = 1) int channels,
        @Doc("stages") List<Stage> stages,
        @Doc("learned positions behind the stem") boolean positions,
        @Doc("channel mixer") Ffn ffn,

        @Doc("probability of dropping a branch of the last block in training, linear from 0") @Range(min = 0, max = 1)
        double dropPath,

        @Doc("classes") @Range(min = 1) int classes)
        implements ImageSized<VigModelConfig> {
    /** PATCHES: one linear map a patch. CONVOLUTIONS: two of them, of stride patch/2 and 2, each with layer norm, SiLU between. */
    public enum Stem {
        PATCHES,
        CONVOLUTIONS
    }

    /** SWIGLU of about 8/3 D hidden channels; MLP of 4 D with SiLU. */
    public enum Ffn {
        SWIGLU,
        MLP
    }

    /** Blocks of one width. */
    public record Stage(
            @Doc("width D") @Range(min = 1) int dim,
            @Doc("heads h") @Range(min = 1) int heads,
            @Doc("blocks") @Range(min = 1) int depth) {}

    public VigModelConfig {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("a backbone without stages: at least one expected");
        }
        if (stem == Stem.CONVOLUTIONS
                && (patch < 4 || patch % 2 != 0 || stages.getFirst().dim() % 2 != 0)) {
            throw new IllegalArgumentException(
                    "two convolutions in front: an even patch of 4 or more and an even width expected, given " + patch
                            + " and " + stages.getFirst().dim());
        }
    }

    @Override
    public VigModelConfig on(int h, int w) {
        return new VigModelConfig(h, w, patch, stem, channels, stages, positions, ffn, dropPath, classes);
    }

    /** The mixer of stage s; its map has sides halved s times, rounded up. */
    VigConfig mixer(int s) {
        Stage at = stages.get(s);
        int odd = (1 << s) - 1;
        return new VigConfig(
                at.dim(),
                at.heads(),
                (height + odd) >> s,
                (width + odd) >> s,
                0.5,
                new Gate(16, 16, 0),
                new Local(true, false),
                false);
    }

    int depth() {
        return stages.stream().mapToInt(Stage::depth).sum();
    }
}
