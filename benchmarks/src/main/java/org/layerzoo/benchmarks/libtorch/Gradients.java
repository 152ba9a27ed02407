package org.layerzoo.benchmarks.libtorch;

/** The end of a program that returns gradients too. */
public final class Gradients {
    private Gradients() {}

    /**
     * Statements that differentiate, and return the outputs and the gradients to the first leaves.
     *
     * @param outputs names of values, separated by commas
     * @param wrt how many of x
     * @param cotangent function that makes an output's cotangent of it; empty: the last x
     */
    public static String of(String outputs, int wrt, String cotangent) {
        StringBuilder s = new StringBuilder();
        StringBuilder seeds = new StringBuilder();
        StringBuilder results = new StringBuilder();
        for (String o : outputs.split(", ")) {
            seeds.append(seeds.isEmpty() ? "" : ", ").append(cotangent.isEmpty() ? "x[-1]" : cotangent + "(" + o + ")");
            results.append(results.isEmpty() ? "" : ", ")
                    .append("torch.detach(")
                    .append(o)
                    .append(')');
        }
        StringBuilder leaves = new StringBuilder();
        StringBuilder unwrapped = new StringBuilder();
        for (int i = 0; i < wrt; i++) {
            leaves.append(i == 0 ? "" : ", ").append("x[").append(i).append(']');
            // A leaf that takes no part has no gradient.
            unwrapped.append("""
                    g%1$d = gs[%1$d]
                    if torch.__isnot__(g%1$d, None):
                      h%1$d = unchecked_cast(Tensor, g%1$d)
                    else:
                      h%1$d = torch.zeros_like(x[%1$d])
                    """.formatted(i));
            results.append(", h").append(i);
        }
        s.append("gs = torch.grad([%s], [%s], annotate(List[Optional[Tensor]], [%s]), None, False, True)%n"
                .formatted(outputs, leaves, seeds));
        return s.append(unwrapped)
                .append("return [")
                .append(results)
                .append(']')
                .toString();
    }
}
