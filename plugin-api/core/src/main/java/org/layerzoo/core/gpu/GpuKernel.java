package org.layerzoo.core.gpu;

/**
 * A function of a kernel source, as compiled into the jar of {@code owner}: {@code META-INF/layerzoo/kernels/<source>.<variant>.ptx} and
 * {@code .spv}.
 *
 * @param owner a class of the jar that carries the compiled source
 * @param source file name without {@code .c}
 * @param variant what {@code T} was when it was compiled: f32, f64, bf16, f16, or u8, u16, u32, u64 for kernels that only move bits
 */
public record GpuKernel(Class<?> owner, String source, String variant, String function) {
    /** The same source and variant, another function. */
    public GpuKernel function(String name) {
        return new GpuKernel(owner, source, variant, name);
    }

    /** Name of the compiled file without its ending. */
    public String file() {
        return source + "." + variant;
    }

    @Override
    public String toString() {
        return file() + ":" + function;
    }
}
