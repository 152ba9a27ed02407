package org.layerzoo.registry.serving;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/** Connections for decode sessions, kept for the next step where nothing was left unread on them. */
@Component
class Links {
    private static final int KEPT = 32;

    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    /** Idle connections to one process. */
    private record Kept(Endpoint endpoint, Deque<ChildConnection> idle) {}

    /** Takes one message of an answer. */
    @FunctionalInterface
    interface Receiver {
        void take(ChildConnection.Frame frame) throws IOException;
    }

    /** A failure of the caller's connection, which is none of the process'. */
    private static final class CallerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CallerException(IOException cause) {
            super(cause);
        }
    }

    ChildConnection.Frame ask(Endpoint endpoint, ObjectNode head, Duration time) throws IOException {
        return ask(endpoint, head, List.of(), time);
    }

    /** One answer to one question. */
    ChildConnection.Frame ask(Endpoint endpoint, ObjectNode head, List<Slice> body, Duration time) throws IOException {
        var answer = new ChildConnection.Frame[1];
        converse(endpoint, head, body, time, frame -> answer[0] = frame);
        return answer[0];
    }

    /**
     * Every message of the answer to one question, as it comes. When the receiver fails, its caller has gone: the connection is
     * closed, and the process stops at the next token.
     */
    void converse(Endpoint endpoint, ObjectNode head, List<Slice> body, Duration time, Receiver receiver)
            throws IOException {
        ChildConnection connection = null;
        boolean whole = false;
        try {
            connection = open(endpoint);
            connection.patience(time);
            connection.send(head, body);
            ChildConnection.Frame frame;
            do {
                frame = connection.receive();
                take(receiver, frame);
            } while (frame.more());
            whole = true;
        } catch (SocketTimeoutException e) {
            throw new ProblemException(
                    ProblemCode.DEADLINE_EXCEEDED, "there was no answer within " + time.toMillis() + " ms");
        } catch (CallerException e) {
            throw new Calls.GoneException();
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.DEPLOYMENT_NOT_READY,
                    "the process of deployment '" + endpoint.name() + "' does not answer: its sessions are lost");
        } finally {
            Optional.ofNullable(connection).ifPresent(whole ? c -> keep(endpoint, c) : ChildConnection::close);
        }
    }

    private static void take(Receiver receiver, ChildConnection.Frame frame) {
        try {
            receiver.take(frame);
        } catch (IOException e) {
            throw new CallerException(e);
        }
    }

    private ChildConnection open(Endpoint endpoint) throws IOException {
        Kept place = place(endpoint);
        ChildConnection idle = place.idle().pollFirst();
        return idle != null ? idle : ChildConnection.open(endpoint);
    }

    private Kept place(Endpoint endpoint) {
        return kept.compute(endpoint.name(), (name, old) -> {
            if (old != null && old.endpoint().samePlace(endpoint)) {
                return old;
            }
            if (old != null) {
                old.idle().forEach(ChildConnection::close);
            }
            return new Kept(endpoint, new ConcurrentLinkedDeque<>());
        });
    }

    /** Closes what is kept of a deployment that is no more. */
    void drop(String name) {
        Kept gone = kept.remove(name);
        if (gone != null) {
            gone.idle().forEach(ChildConnection::close);
        }
    }

    private void keep(Endpoint endpoint, ChildConnection connection) {
        Kept place = place(endpoint);
        if (place.idle().size() < KEPT) {
            place.idle().addFirst(connection);
        } else {
            connection.close();
        }
    }
}
