package org.layerzoo.cli;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Asking again and again until an answer will do. */
final class Await {
    private static final Duration PAUSE = Duration.ofMillis(250);

    private Await() {}

    /**
     * The first answer that will do, or the last one when the time is up.
     *
     * @param known the answer so far; nothing is asked when it will do
     * @param patience after which nothing more is asked; none asks nothing
     */
    static <T> T answer(T known, Duration patience, Supplier<T> ask, Predicate<T> enough) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        T answer = known;
        while (!enough.test(answer) && System.nanoTime() < end) {
            Thread.sleep(PAUSE);
            answer = ask.get();
        }
        return answer;
    }

    /** Whether something comes true in time. */
    static boolean truth(Duration patience, Supplier<Boolean> ask) throws InterruptedException {
        return answer(ask.get(), patience, ask, Boolean::booleanValue);
    }
}
