package org.layerzoo.registry.serving;

import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;

/** Reads bodies as bytes, within the bounds of all requests together. */
@Component
class Bodies {
    /** What one body may have, packed or not. */
    static final int MOST = 64 << 20;

    private final Admission admission;

    Bodies(Admission admission) {
        this.admission = admission;
    }

    /** A body in memory; closing gives its place back. */
    record Body(byte[] bytes, Admission.Place place) implements AutoCloseable {
        @Override
        public void close() {
            place.close();
        }
    }

    /** @throws ProblemException when it is too large, packed in an unknown way, or there is no room now */
    Body read(HttpServletRequest request) throws IOException {
        String encoding = Optional.ofNullable(request.getHeader("Content-Encoding"))
                .orElse("identity")
                .toLowerCase(Locale.ROOT);
        long length = request.getContentLengthLong();
        Admission.Place place =
                admission.enter(length >= 0 && encoding.equals("identity") ? Math.min(length, MOST) : MOST);
        try {
            return new Body(bytes(unpacked(request.getInputStream(), encoding)), place);
        } catch (ZipException | EOFException e) {
            place.close();
            throw new ProblemException(
                    ProblemCode.BODY_UNREADABLE, "expected a body packed by " + encoding + ": " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            place.close();
            throw e;
        }
    }

    private static InputStream unpacked(InputStream in, String encoding) throws IOException {
        return switch (encoding) {
            case "identity" -> in;
            case "gzip" -> new GZIPInputStream(in);
            case "deflate" -> new InflaterInputStream(in);
            default ->
                throw new ProblemException(
                        ProblemCode.MEDIA_TYPE_UNSUPPORTED,
                        "expected a Content-Encoding of identity, gzip or deflate, given '" + encoding + "'");
        };
    }

    private static byte[] bytes(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST + 1);
        if (bytes.length > MOST) {
            throw new ProblemException(
                    ProblemCode.BODY_TOO_LARGE, "expected a body of at most " + MOST + " bytes, given more");
        }
        return bytes;
    }
}
