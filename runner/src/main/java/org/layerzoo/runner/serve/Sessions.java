package org.layerzoo.runner.serve;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.layerzoo.core.state.State;

/** The open streams of a deployment. One that nobody uses is closed after a while. */
final class Sessions {
    private final int most;
    private final Duration idle;
    private final Map<String, Session> open = new ConcurrentHashMap<>();

    /** A stream; its lock is held while it advances. */
    static final class Session {
        final String id = UUID.randomUUID().toString();
        final ReentrantLock lock = new ReentrantLock();
        State state;
        /** A step that failed half way leaves a state that fits no sequence. */
        boolean broken;

        private volatile long usedAt = System.nanoTime();

        private Session(State state) {
            this.state = state;
        }
    }

    Sessions(int most, Duration idle) {
        this.most = most;
        this.idle = idle;
    }

    /** @throws ServeException session-limit when no more may be open */
    synchronized Session add(State state) {
        sweep();
        if (open.size() >= most) {
            throw new ServeException(
                    "session-limit", "expected at most " + most + " open sessions; close one or wait for an idle one");
        }
        Session session = new Session(state);
        open.put(session.id, session);
        return session;
    }

    /** @throws ServeException session-unknown when it was closed, has expired or never was */
    Session get(String id) {
        sweep();
        Session session = open.get(id);
        if (session == null) {
            throw new ServeException(
                    "session-unknown",
                    "no session '" + id + "' is open: it was closed, was idle for " + idle.toSeconds()
                            + " s, or the deployment was restarted");
        }
        session.usedAt = System.nanoTime();
        return session;
    }

    void touch(Session session) {
        session.usedAt = System.nanoTime();
    }

    /** Whether there was such a session. */
    boolean close(String id) {
        return open.remove(id) != null;
    }

    int count() {
        sweep();
        return open.size();
    }

    private void sweep() {
        long now = System.nanoTime();
        open.values().removeIf(session -> !session.lock.isLocked() && now - session.usedAt > idle.toNanos());
    }
}
