package org.layerzoo.oneapi.onednn;

import static org.layerzoo.kernels.device.Native.FLOAT;
import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.invoke.MethodHandle;
import org.layerzoo.kernels.device.Native;

/** The functions that plan primitives, and their attributes. */
final class Plans {
    final MethodHandle matMul;
    final MethodHandle convolution;
    final MethodHandle layerNorm;
    final MethodHandle reorder;
    final MethodHandle createAttributes;
    final MethodHandle createPostOps;
    final MethodHandle appendEltwise;
    final MethodHandle setPostOps;
    final MethodHandle destroyAttributes;
    final MethodHandle destroyPostOps;

    Plans(Native lib) {
        matMul = lib.status(
                "dnnl_matmul_primitive_desc_create", POINTER, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
        convolution = lib.status(
                "dnnl_convolution_forward_primitive_desc_create",
                POINTER,
                POINTER,
                INT,
                INT,
                POINTER,
                POINTER,
                POINTER,
                POINTER,
                POINTER,
                POINTER,
                POINTER,
                POINTER,
                POINTER);
        layerNorm = lib.status(
                "dnnl_layer_normalization_forward_primitive_desc_create",
                POINTER,
                POINTER,
                INT,
                POINTER,
                POINTER,
                POINTER,
                FLOAT,
                INT,
                POINTER);
        reorder =
                lib.status("dnnl_reorder_primitive_desc_create", POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
        createAttributes = lib.status("dnnl_primitive_attr_create", POINTER);
        createPostOps = lib.status("dnnl_post_ops_create", POINTER);
        appendEltwise = lib.status("dnnl_post_ops_append_eltwise", POINTER, INT, FLOAT, FLOAT);
        setPostOps = lib.status("dnnl_primitive_attr_set_post_ops", POINTER, POINTER);
        destroyAttributes = lib.status("dnnl_primitive_attr_destroy", POINTER);
        destroyPostOps = lib.status("dnnl_post_ops_destroy", POINTER);
    }
}
