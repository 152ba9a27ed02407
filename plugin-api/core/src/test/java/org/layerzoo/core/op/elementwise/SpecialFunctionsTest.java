package org.layerzoo.core.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values were computed by mpmath with 30 digits. */
class SpecialFunctionsTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    @ParameterizedTest
    @CsvSource({
        "erf, -0.5, -0.52049987781304653768",
        "erf, 0.1, 0.1124629160182848922",
        "erf, 1, 0.84270079294971486934",
        "erf, 2, 0.99532226501895273416",
        "erf, 3.5, 0.99999925690162765859",
        "erfc, 0.5, 0.47950012218695346232",
        "erfc, 1, 0.15729920705028513066",
        "erfc, 4, 1.5417257900280018852e-8",
        "erfc, 10, 2.088487583762544757e-45",
        "erfc, -1, 1.8427007929497148693",
        "lgamma, 0.001, 6.9071788853838536825",
        "lgamma, 0.7, 0.26086724653166651439",
        "lgamma, 1.25, -0.098271836421813161464",
        "lgamma, 1.9990234375, -0.00041256773597148940171",
        "lgamma, 3.5, 1.2009736023470742248",
        "lgamma, 20.5, 40.83150097453079811",
        "lgamma, -0.5, 1.2655121234846453965",
        "lgamma, -2.3, 0.36956666345500744818",
        "lgamma, 1e6, 12815504.56914761166",
        "digamma, 0.1, -10.423754940411076795",
        "digamma, 1, -0.57721566490153286061",
        "digamma, 2.5, 0.70315664064524318723",
        "digamma, 15, 2.6743466616607937017",
        "digamma, -0.3, 2.1133097796353987186",
        "digamma, -3.7, -0.84507685887041671807",
        "trigamma, 0.1, 101.43329915079275882",
        "trigamma, 1, 1.6449340668482264365",
        "trigamma, 2.5, 0.49035775610023486497",
        "trigamma, 15, 0.068938227847683806226",
        "trigamma, -0.3, 13.945160267805721738",
        "trigamma, -3.7, 14.842421864124267711"
    })
    void agreesWithThirtyDigitValuesTo1em13(String name, double x, double expected) {
        double given = function(name).applyAsDouble(x);
        assertTrue(
                Math.abs(given - expected) <= 1e-13 * Math.abs(expected),
                () -> name + "(" + x + ") = " + given + ", expected " + expected);
    }

    private static DoubleUnaryOperator function(String name) {
        return switch (name) {
            case "erf" -> SpecialFunctions::erf;
            case "erfc" -> SpecialFunctions::erfc;
            case "lgamma" -> SpecialFunctions::lgamma;
            case "digamma" -> SpecialFunctions::digamma;
            case "trigamma" -> SpecialFunctions::trigamma;
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Test
    void polesInfinitiesAndNanAreAsDocumented() {
        assertEquals(1, SpecialFunctions.erf(INF));
        assertEquals(-1, SpecialFunctions.erf(-INF));
        assertEquals(0, SpecialFunctions.erfc(INF));
        assertEquals(2, SpecialFunctions.erfc(-INF));
        for (double pole : new double[] {0, -1, -7}) {
            assertEquals(INF, SpecialFunctions.lgamma(pole));
            assertEquals(INF, SpecialFunctions.trigamma(pole));
        }
        assertEquals(-INF, SpecialFunctions.digamma(0));
        assertEquals(Double.NaN, SpecialFunctions.digamma(-2));
        assertEquals(INF, SpecialFunctions.lgamma(INF));
        assertEquals(INF, SpecialFunctions.digamma(INF));
        assertEquals(0, SpecialFunctions.trigamma(INF));
        for (String f : new String[] {"erf", "erfc", "lgamma", "digamma", "trigamma"}) {
            assertEquals(Double.NaN, function(f).applyAsDouble(Double.NaN), f);
        }
    }

    @Test
    void lgammaIsExactlyZeroAtOneAndTwo() {
        assertEquals(0, SpecialFunctions.lgamma(1));
        assertEquals(0, SpecialFunctions.lgamma(2));
    }
}
