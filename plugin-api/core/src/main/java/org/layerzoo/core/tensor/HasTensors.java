package org.layerzoo.core.tensor;

/** Something that carries tensors out of a {@link TensorScope} when it is returned from it. */
public interface HasTensors {
    Iterable<Tensor> tensors();
}
