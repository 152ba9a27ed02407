package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The length from which one layer is faster than another that was faster before.
 *
 * @param length where both take the same time, between two measured lengths: times are taken to grow by powers of the length there
 */
record Crossover(String before, String after, double length) {
    /** Every change of order between measured lengths that both have. */
    static List<Crossover> between(String a, List<Cell> as, String b, List<Cell> bs) {
        List<Crossover> found = new ArrayList<>();
        double last = 0;
        int lastLength = 0;
        for (Cell x : as) {
            Optional<Cell> y = bs.stream().filter(c -> c.length() == x.length()).findFirst();
            if (y.isPresent()) {
                // Positive where b is faster.
                double lead = Math.log(x.timing().median() / y.get().timing().median());
                if (last * lead < 0) {
                    double share = last / (last - lead);
                    double log = Math.log(lastLength) + share * Math.log((double) x.length() / lastLength);
                    found.add(new Crossover(lead > 0 ? a : b, lead > 0 ? b : a, Math.exp(log)));
                }
                last = lead;
                lastLength = x.length();
            }
        }
        return found;
    }
}
