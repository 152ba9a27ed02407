package org.layerzoo.runner.child;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Frames of one JSON document each: its length in bytes as a big-endian 32-bit integer, then the document in UTF-8. */
final class Frames {
    /** A larger document is a fault: bulk data travels as files in the job folder. */
    static final int MAX_BYTES = 16 << 20;

    static final JsonMapper JSON = JsonMapper.builder().build();

    private Frames() {}

    /** Thrown when the bytes on the pipe are no frame. */
    static final class GarbageException extends IOException {
        private static final long serialVersionUID = 1L;

        GarbageException(String message) {
            super(message);
        }
    }

    /** Thrown when a message is too large to send. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException(int bytes) {
            super("a message of " + Limits.formatSize(bytes) + " is larger than " + Limits.formatSize(MAX_BYTES));
        }
    }

    /** Writes whole frames from any thread. */
    static final class Writer {
        private final OutputStream out;

        Writer(OutputStream out) {
            this.out = out;
        }

        void write(Message message) throws IOException {
            byte[] body = JSON.writerFor(Message.class).writeValueAsBytes(message);
            if (body.length > MAX_BYTES) {
                throw new TooLargeException(body.length);
            }
            byte[] frame = ByteBuffer.allocate(4 + body.length)
                    .putInt(body.length)
                    .put(body)
                    .array();
            synchronized (out) {
                out.write(frame);
                out.flush();
            }
        }
    }

    /** Reads frames on one thread. */
    static final class Reader {
        private final DataInputStream in;

        Reader(InputStream in) {
            this.in = new DataInputStream(in);
        }

        /**
         * The next message, or empty at the end of the stream, also when it ends inside a frame: then the writer died.
         *
         * @throws GarbageException when the bytes are no frame
         */
        Optional<Message> read() throws IOException {
            byte[] body;
            try {
                int length = in.readInt();
                if (length < 2 || length > MAX_BYTES) {
                    throw new GarbageException("a frame's length must be 2 to " + MAX_BYTES + ", not "
                            + Integer.toUnsignedString(length) + " (" + printable(length) + ")");
                }
                body = new byte[length];
                in.readFully(body);
            } catch (EOFException _) {
                return Optional.empty();
            }
            try {
                return Optional.of(JSON.readValue(body, Message.class));
            } catch (JacksonException e) {
                throw new GarbageException("a frame holds no known message: " + e.getOriginalMessage());
            }
        }

        private static String printable(int length) {
            StringBuilder text = new StringBuilder("bytes '");
            for (byte b : ByteBuffer.allocate(4).putInt(length).array()) {
                text.append(b >= ' ' && b < 127 ? (char) b : '.');
            }
            return text.append('\'').toString();
        }
    }
}
