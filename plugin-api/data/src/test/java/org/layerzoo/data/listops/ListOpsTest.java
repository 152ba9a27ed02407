package org.layerzoo.data.listops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.data.Rng;

class ListOpsTest {
    @Test
    void thePapersExampleIsFive() {
        Expression e = Expression.parse("[MAX 4 3 [MIN 2 3 ] 1 0 [MED 1 5 8 9 2 ] ]");
        assertEquals(5, e.value());
        assertEquals(17, e.length());
        assertEquals("[MAX 4 3 [MIN 2 3 X 1 0 [MED 1 5 8 9 2 X X", String.join(" ", e.tokens()));
    }

    @Test
    void aSourceHasTheAuthorsParenthesesAndReadsBack() {
        assertEquals("( ( ( [MAX 2 ) 3 ) ] )", Expression.parse("[MAX 2 3 ]").source());
        for (int i = 0; i < 300; i++) {
            Expression e = new ListOps(6, 5, 2, 60).draw(Rng.of(i));
            assertEquals(e, Expression.parse(e.source()));
            assertEquals(e, Vocabulary.expression(Vocabulary.ids(e)));
            assertEquals(e.length(), e.tokens().size());
            assertTrue(e.length() > 2 && e.length() < 60);
        }
    }

    @Test
    void operatorsHaveTheirValues() {
        assertEquals(4, Operator.MED.apply(3, 6));
        assertEquals(5, Operator.MED.apply(9, 5, 1));
        assertEquals(1, Operator.SM.apply(9, 9, 3));
        assertEquals(2, Operator.MIN.apply(7, 2, 4));
        assertEquals(7, Operator.MAX.apply(7, 2, 4));
    }

    @Test
    void brokenExpressionsSayWhere() {
        assertTrue(assertThrows(ZooException.class, () -> Expression.parse("[MAX 1 2"))
                .getMessage()
                .contains("']' expected at token 3, given the end"));
        assertTrue(assertThrows(ZooException.class, () -> Expression.parse("[SUM 1 ]"))
                .getMessage()
                .contains("given '[SUM'"));
        assertTrue(assertThrows(ZooException.class, () -> Expression.parse("1 2"))
                .getMessage()
                .contains("nothing more"));
        assertTrue(assertThrows(ZooException.class, () -> Expression.parse("[MIN ]"))
                .getMessage()
                .contains("an argument"));
    }
}
