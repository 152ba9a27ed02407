package org.layerzoo.core.state;

/** What a state costs: bytes held, entries stored, entries touched and score evaluations since it was opened. */
public record Usage(long bytes, long entries, long entriesTouched, long scoreEvaluations) {
    public Usage plus(Usage u) {
        return new Usage(
                bytes + u.bytes,
                entries + u.entries,
                entriesTouched + u.entriesTouched,
                scoreEvaluations + u.scoreEvaluations);
    }
}
