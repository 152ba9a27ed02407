package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/** Where mma.h has the elements of matrices in the registers of a warp's lanes, against the formulas of the PTX ISA. */
class MatrixRegistersTest {
    private static final Gpu GPU = EmulatedTensorCores.BACKEND.context;
    private static final int LANES = 32;

    /** "Matrix Fragments for mma.m16n8k16 with floating point type": row and column of element i of a lane. */
    private static int[] placeA(int lane, int i) {
        int groupId = lane >> 2;
        int threadInGroup = lane % 4;
        int row = (0 <= i && i < 2) || (4 <= i && i < 6) ? groupId : groupId + 8;
        int col = i < 4 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8;
        return new int[] {row, col};
    }

    private static int[] placeB(int lane, int i) {
        int groupId = lane >> 2;
        int threadInGroup = lane % 4;
        int row = i < 2 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8;
        return new int[] {row, groupId};
    }

    private static int[] placeC(int lane, int i) {
        int groupId = lane >> 2;
        int threadInGroup = lane % 4;
        return new int[] {i < 2 ? groupId : groupId + 8, threadInGroup * 2 + (i & 1)};
    }

    private interface Place {
        int[] of(int lane, int i);
    }

    /** Each lane's elements of a matrix, one after the other. */
    private static double[] spread(double[][] matrix, int each, Place place) {
        double[] out = new double[LANES * each];
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < each; i++) {
                int[] p = place.of(lane, i);
                out[lane * each + i] = matrix[p[0]][p[1]];
            }
        }
        return out;
    }

    /** Whole numbers, whose products and sums are exact. */
    private static double[][] random(SplittableRandom r, int rows, int cols) {
        double[][] out = new double[rows][cols];
        for (double[] row : out) {
            for (int c = 0; c < cols; c++) {
                row[c] = r.nextInt(-100, 100);
            }
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void aWarpMultipliesMatricesWhoseElementsLieInItsLanesAsTheInstructionsReferenceSays(DType t) {
        SplittableRandom random = new SplittableRandom(5);
        double[][] a = random(random, 16, 16);
        double[][] b = random(random, 16, 8);
        double[][] c = random(random, 16, 8);
        double[][] expected = new double[16][8];
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 8; j++) {
                expected[i][j] = c[i][j];
                for (int k = 0; k < 16; k++) {
                    expected[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        double[] given = TensorScope.use(() -> {
            Tensor sums = GPU.empty(TensorSpec.of(DType.F32, LANES * 4));
            GPU.launch(
                    Sources.of("mma_probe", t, "mma_registers"),
                    Grid.blocks(1, LANES),
                    Args.of(
                            Tensor.of(t, spread(a, 8, MatrixRegistersTest::placeA), LANES * 8),
                            Tensor.of(t, spread(b, 4, MatrixRegistersTest::placeB), LANES * 4),
                            Tensor.of(DType.F32, spread(c, 4, MatrixRegistersTest::placeC), LANES * 4),
                            sums));
            return sums.toDoubles();
        });
        assertEquals(
                list(spread(expected, 4, MatrixRegistersTest::placeC)), list(given), "sums of whole numbers are exact");
    }

    /** "ldmatrix": lane 4 r + p gets elements 2 p and 2 p + 1 of row r of each matrix; with .trans, of column r. */
    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void matricesComeOutOfSharedMemoryAsTheInstructionsReferenceSays(DType t) {
        double[][] rows = random(new SplittableRandom(6), 32, 8);
        double[] flat = new double[256];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = rows[i / 8][i % 8];
        }
        // The last row's copy asks for 10 of its 16 bytes.
        for (int i = 5; i < 8; i++) {
            rows[31][i] = 0;
        }
        double[] given = TensorScope.use(() -> {
            Tensor out = GPU.empty(TensorSpec.of(t, 512));
            GPU.launch(
                    Sources.of("mma_probe", t, "matrix_registers"),
                    Grid.blocks(1, LANES),
                    Args.of(Tensor.of(t, flat, 256), out));
            return out.toDoubles();
        });
        double[] expected = new double[512];
        for (int lane = 0; lane < LANES; lane++) {
            for (int matrix = 0; matrix < 4; matrix++) {
                for (int i = 0; i < 2; i++) {
                    int at = (lane * 4 + matrix) * 2 + i;
                    int row = lane / 4;
                    int col = lane % 4 * 2 + i;
                    expected[at] = rows[matrix * 8 + row][col];
                    expected[256 + at] = rows[matrix * 8 + col][row];
                }
            }
        }
        assertEquals(list(expected), list(given));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void fourLanesOfARowShareTheirGreatestNumberAndTheirSum(DType t) {
        double[] x = spread(random(new SplittableRandom(7), 32, 2), 2, (lane, i) -> new int[] {lane, i});
        double[] expected = new double[128];
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < 2; i++) {
                double greatest = Double.NEGATIVE_INFINITY;
                double sum = 0;
                for (int other = lane / 4 * 4; other < lane / 4 * 4 + 4; other++) {
                    greatest = Math.max(greatest, x[other * 2 + i]);
                    sum += x[other * 2 + i];
                }
                expected[lane * 2 + i] = greatest;
                expected[64 + lane * 2 + i] = sum;
            }
        }
        double[] given = TensorScope.use(() -> {
            Tensor greatest = GPU.empty(TensorSpec.of(DType.F32, 64));
            Tensor sum = GPU.empty(TensorSpec.of(DType.F32, 64));
            GPU.launch(
                    Sources.of("mma_probe", t, "quads"),
                    Grid.blocks(1, LANES),
                    Args.of(Tensor.of(DType.F32, x, 64), greatest, sum));
            double[] out = new double[128];
            System.arraycopy(greatest.toDoubles(), 0, out, 0, 64);
            System.arraycopy(sum.toDoubles(), 0, out, 64, 64);
            return out;
        });
        assertEquals(list(expected), list(given));
    }

    private static List<Double> list(double[] x) {
        return Arrays.stream(x).boxed().toList();
    }
}
